// The circle of the chosen item as the map shows it: now, or at a past moment.
import { circleAt, communities, reachArea } from '../circle/ask';
import { peopleBy, type Shown, shownAs } from '../circle/standing';
import type { CircleAt, Communities } from '../circle/types';
import { Kept } from '../lib/kept.svelte';
import { router } from '../lib/router.svelte';
import { store } from '../lib/store.svelte';
import type { CircleDrawn } from './gl';

/** Ids with how they stood. */
function standings(then: CircleAt, ids: string[], states: number[]): Map<string, Shown> {
  return new Map(ids.map((id, n) => [id, shownAs(then.states[states[n] ?? 0] ?? 'never')]));
}

/** Communities as they stood then, where they are today. */
function asThen(today: Communities, then: CircleAt): Communities {
  const stood = standings(then, then.community_ids, then.community_states);
  const features = today.features.map((one) => ({
    ...one,
    properties: { ...one.properties, shown: stood.get(one.properties.id) ?? 'never', since: null },
  }));
  return { type: 'FeatureCollection', features };
}

const NOTHING: GeoJSON.FeatureCollection = { type: 'FeatureCollection', features: [] };

export class CircleLayer {
  item = $derived(router.param('circle'));
  at = $derived(router.param('at'));
  now = new Kept<Communities>(() => communities(this.item ?? ''));
  area = new Kept<GeoJSON.Feature>(() => reachArea(this.item ?? ''));
  past = new Kept<CircleAt>(() => circleAt(this.item ?? '', this.at ?? ''));
  areaThen = new Kept<GeoJSON.Feature>(() => reachArea(this.item ?? '', this.at));

  private asked = { item: '' as string | null, at: '' as string | null };
  private shown = $derived.by(() => {
    const [today, then] = [this.now.value, this.past.value];
    if (!this.at || !today) return this.at ? null : today;
    return then ? asThen(today, then) : null;
  });

  /** Reads what is chosen; when something else is chosen, what was shown goes. */
  refresh = async (): Promise<void> => {
    const { item, at, asked } = this;
    this.asked = { item, at };
    if (item !== asked.item) for (const kept of [this.now, this.area, this.past, this.areaThen]) kept.forget();
    if (!item) return;
    if (!at) await Promise.all([this.now.read(), this.area.read()]);
    else if (at !== asked.at || item !== asked.item) {
      await Promise.all([this.past.read(), this.areaThen.read(), this.now.value ? null : this.now.read()]);
    }
  };

  /** Reads if something else was chosen since. */
  follow = async (): Promise<void> => {
    if (this.item !== this.asked.item || this.at !== this.asked.at) await this.refresh();
  };

  trouble = $derived((this.at ? this.past.trouble : null) ?? this.now.trouble);
  reading = $derived(this.at ? this.past.reading : this.now.reading && !this.now.value);
  /** The figures that stand beside the map. */
  figures = $derived(
    this.at ? this.past.value?.coverage ?? null
    : store.coverage?.items.find((one) => one.item === this.item) ?? null,
  );
  people = $derived(this.figures ? peopleBy(this.figures) : null);
  /** How each kiosk stood at the past moment; null for the present, which has marks of its own. */
  private outlets = $derived.by((): GeoJSON.FeatureCollection | null => {
    const then = this.at ? this.past.value : null;
    if (!then) return null;
    const stood = standings(then, then.outlet_ids, then.outlet_states);
    const features = store.kiosks.flatMap(({ id, lon, lat }): GeoJSON.Feature[] => {
      const shown = stood.get(id);
      return shown ? [{ type: 'Feature', geometry: { type: 'Point', coordinates: [lon, lat] }, properties: { id, shown } }] : [];
    });
    return { type: 'FeatureCollection', features };
  });
  drawn = $derived<CircleDrawn | null>(
    this.item && this.shown
      ? { communities: this.shown, area: (this.at ? this.areaThen : this.area).value ?? NOTHING, outlets: this.outlets }
      : null,
  );
  community = (id: string | null): Communities['features'][number] | undefined =>
    id ? this.shown?.features.find((one) => one.properties.id === id) : undefined;
}
