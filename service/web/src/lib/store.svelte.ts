// What the page knows of the district: loaded once, then kept current by the stream of changes.
import { api, Trouble } from './api';
import { useZone } from './format';
import { follow, type Follower } from './live';
import type {
  Coverage, District, Incident, Item, KioskSummary, Progress, Site, Town,
} from './types';

export type Link = 'connecting' | 'live' | 'lost';
const CHANGED_KEPT = 40;
const RETRY_MS = 5_000;

export function worstFirst(a: KioskSummary, b: KioskSummary): number {
  return b.urgency - a.urgency || a.id.localeCompare(b.id);
}

class Store {
  district = $state.raw<District | null>(null);
  items = $state.raw<Item[]>([]);
  towns = $state.raw<Town[]>([]);
  sites = $state.raw<Site[]>([]);
  kiosks = $state.raw<KioskSummary[]>([]);
  incidents = $state.raw<Incident[]>([]);
  coverage = $state.raw<Coverage | null>(null);
  progress = $state.raw<Progress | null>(null);
  link = $state<Link>('connecting');
  changedAt = $state<number | null>(null);
  /** Kiosks whose state has just changed, newest first: the page lets them flash once. */
  turned = $state.raw<{ id: string; at: number }[]>([]);
  loaded = $state(false);
  trouble = $state.raw<Trouble | null>(null);
  /** Seconds tick here, so that "3 minutes ago" stays true. */
  now = $state(Date.now());

  private follower: Follower | null = null;
  private retryTimer = 0;
  private itemsByCode = $derived(new Map(this.items.map((item) => [item.code, item])));
  private townsByCode = $derived(new Map(this.towns.map((town) => [town.code, town])));
  private kiosksById = $derived(new Map(this.kiosks.map((kiosk) => [kiosk.id, kiosk])));

  item = (code: string | null): Item | undefined => this.itemsByCode.get(code ?? '');
  town = (code: string | null): Town | undefined => this.townsByCode.get(code ?? '');
  kiosk = (id: string | null): KioskSummary | undefined => this.kiosksById.get(id ?? '');

  openIncidents = $derived(this.incidents.filter((incident) => !incident.resolved_at));
  incidentsByKiosk = $derived(Map.groupBy(this.openIncidents, (incident) => incident.kiosk_id ?? ''));

  /** Reads everything, then follows the changes from exactly there. */
  load = async (): Promise<void> => {
    this.follower?.stop();
    clearTimeout(this.retryTimer);
    try {
      // Kiosks first: their change number is where the stream starts, so nothing falls between.
      const listed = await api.kiosks();
      const [district, items, towns, sites, incidents, coverage] = await Promise.all([
        api.district(), api.items(), api.towns(), api.sites(), api.incidents('unresolved'), api.coverage(),
      ]);
      useZone(district.timezone);
      Object.assign(this, { district, items, towns, sites, incidents, coverage });
      this.kiosks = listed.kiosks.toSorted(worstFirst);
      this.progress = listed.progress;
      this.loaded = true;
      this.trouble = null;
      this.listen(listed.change_id);
    } catch (cause) {
      if (!(cause instanceof Trouble)) throw cause;
      this.trouble = cause;
      this.link = 'lost';
      this.retryTimer = window.setTimeout(this.load, RETRY_MS);
    }
  };

  private listen(after: number): void {
    this.follower = follow(after, {
      link: (link) => (this.link = link),
      kiosks: (rows) => this.takeKiosks(rows),
      incidents: (rows) => this.takeIncidents(rows),
      coverage: (row) => (this.coverage = row),
      progress: (row) => (this.progress = row),
      heard: () => (this.changedAt = Date.now()),
      tooLongAway: () => void this.load(),
    });
  }

  private takeKiosks(rows: Map<string, KioskSummary>): void {
    const at = Date.now();
    const turned = [...rows.values()]
      .filter((row) => this.kiosk(row.id)?.state !== row.state)
      .map((row) => ({ id: row.id, at }));
    const known = this.kiosks.filter((kiosk) => !rows.has(kiosk.id));
    this.kiosks = [...known, ...rows.values()].sort(worstFirst);
    if (turned.length) this.turned = [...turned, ...this.turned].slice(0, CHANGED_KEPT);
  }

  /** Shows at once what was just done about an incident; the stream tells the others. */
  takeIncident(incident: Incident): void {
    this.takeIncidents(new Map([[incident.id, incident]]));
  }

  private takeIncidents(rows: Map<number, Incident>): void {
    const others = this.incidents.filter((incident) => !rows.has(incident.id));
    const open = [...rows.values()].filter((incident) => !incident.resolved_at);
    this.incidents = [...open, ...others];
  }
}

export const store = new Store();
setInterval(() => (store.now = Date.now()), 1000);
