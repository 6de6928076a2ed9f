// Asks the service, and turns every failure into words that say what to do.
import { lang, t } from './words.svelte';
import type {
  Coverage, District, FactsPage, Grouping, Incident, IncidentState, Item, Kiosk,
  KioskList, MapBase, Site, Totals, Town,
} from './types';

const ASK_TIMEOUT_MS = 20_000;
const FACTS_A_PAGE = '500';

export function address(path: string): string {
  return new URL(`api/v1/${path}`, document.baseURI).href;
}

/** A refusal or failure, kept as its cause so that it can be said in either language. */
export class Trouble extends Error {
  constructor(
    readonly kind: 'offline' | 'slow' | 'refused' | 'broken',
    readonly status: number,
    readonly said: { zh: string; en: string },
    /** The refusal as it came, where it says more than a sentence. */
    readonly body: unknown = null,
  ) {
    super(`${kind} ${status} ${said.en}`);
  }

  get what(): string {
    if (this.kind === 'offline') return t('The service cannot be reached.');
    if (this.kind === 'slow') return t('The service has not answered for 20 seconds.');
    if (this.kind === 'broken') return t('The service answered in a form this page cannot read.');
    return this.said[lang.current] || t('The service answered with error {status}.', { status: this.status });
  }

  get todo(): string {
    if (this.kind === 'offline') return t('Check that the service is running and the network is up, then try again.');
    if (this.kind === 'slow') return t('It may be busy. Wait a moment, then try again.');
    if (this.status === 404) return t('It may have been removed, or the link is old. Go back to the list.');
    if (this.kind === 'broken') return t('Reload the page; it may be older than the service.');
    return t('Try again; if it stays, tell whoever runs the service, with this text.');
  }
}

/** The trouble that was caught; anything else is our own mistake and goes on. */
export function troubleOf(cause: unknown): Trouble {
  if (cause instanceof Trouble) return cause;
  throw cause;
}

async function refusal(response: Response): Promise<Trouble> {
  const said = { zh: '', en: '' };
  let body: unknown = null;
  try {
    body = await response.json();
    const { error } = body as { error?: { message?: string; message_zh?: string } };
    said.en = error?.message ?? '';
    said.zh = error?.message_zh ?? said.en;
  } catch {
    // Not ours: a proxy's page, say. The status alone must do.
  }
  return new Trouble('refused', response.status, said, body);
}

export function ask<T>(path: string): Promise<T> {
  return exchange<T>(path, {});
}

/** Asks the service to do something. */
export function tell<T>(path: string, wish: object): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return exchange<T>(path, { method: 'POST', headers, body: JSON.stringify(wish) });
}

/** Keeps something as it is given, or removes it. */
export function change<T>(method: 'PUT' | 'DELETE', path: string, wish: object): Promise<T> {
  const headers = { 'Content-Type': 'application/json' };
  return exchange<T>(path, { method, headers, body: JSON.stringify(wish) });
}

/** Sends a file as it is; however long that takes, somebody waits for it. */
export function send<T>(path: string, file: File): Promise<T> {
  const headers = { 'Content-Type': 'application/octet-stream' };
  return exchange<T>(path, { method: 'POST', headers, body: file, signal: null });
}

async function exchange<T>(path: string, how: RequestInit): Promise<T> {
  let response: Response;
  try {
    response = await fetch(address(path), { signal: AbortSignal.timeout(ASK_TIMEOUT_MS), ...how });
  } catch (cause) {
    const slow = cause instanceof DOMException && cause.name === 'TimeoutError';
    throw new Trouble(slow ? 'slow' : 'offline', 0, { zh: '', en: '' });
  }
  if (!response.ok) throw await refusal(response);
  try {
    return (await response.json()) as T;
  } catch {
    throw new Trouble('broken', response.status, { zh: '', en: '' });
  }
}

export function query(fields: Record<string, string | null | undefined>): string {
  const given = Object.entries(fields).filter((pair): pair is [string, string] => Boolean(pair[1]));
  return given.length ? `?${new URLSearchParams(given).toString()}` : '';
}

type TotalsOf = { month: string; by: Grouping };
interface FactsOf {
  month: string; site: string | null; town: string | null; item: string; cursor: string | null;
}

export const api = {
  district: () => ask<District>('district'),
  items: () => ask<Item[]>('items'),
  towns: () => ask<Town[]>('towns'),
  sites: () => ask<Site[]>('sites'),
  kiosks: () => ask<KioskList>('kiosks'),
  kiosk: (id: string) => ask<Kiosk>(`kiosks/${encodeURIComponent(id)}`),
  incidents: (state: IncidentState) => ask<Incident[]>(`incidents${query({ state })}`),
  coverage: () => ask<Coverage>('coverage'),
  mapBase: () => ask<MapBase>('map/base'),
  months: () => ask<string[]>('totals/months'),
  totals: (of: TotalsOf) => ask<Totals>(`totals/monthly${query(of)}`),
  totalsCsv: (of: TotalsOf) => address(`totals/monthly.csv${query(of)}`),
  facts: (of: FactsOf) => ask<FactsPage>(`totals/facts${query({ ...of, limit: FACTS_A_PAGE })}`),
};
