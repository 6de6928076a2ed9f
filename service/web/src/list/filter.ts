// Which kiosks the list and the map show: state, item, town and search, all kept in the address.
import { router } from '../lib/router.svelte';
import { shortItems } from '../lib/say';
import { store } from '../lib/store.svelte';
import type { KioskSummary } from '../lib/types';

function matches(kiosk: KioskSummary, words: string[]): boolean {
  const town = store.town(kiosk.town_code);
  const text = [kiosk.id, kiosk.site_name_zh, kiosk.site_name_en, town?.name_zh, town?.name_en]
    .join(' ').toLowerCase();
  return words.every((word) => text.includes(word));
}

export function filtered(): KioskSummary[] {
  const [state, town, item] = [router.param('state'), router.param('town'), router.param('item')];
  const words = (router.param('q') ?? '').toLowerCase().split(/\s+/).filter(Boolean);
  return store.kiosks.filter((kiosk) =>
    (!state || kiosk.state === state)
    && (!town || kiosk.town_code === town)
    && (!item || shortItems(kiosk).some((short) => short.item === item))
    && (!words.length || matches(kiosk, words)));
}

export function anyFilter(): boolean {
  return ['state', 'town', 'item', 'q'].some((name) => router.param(name));
}

export function clearFilters(): void {
  router.set({ state: null, town: null, item: null, q: null });
}
