// Asks the service; where somebody is goes in the body, and only with their question.
import { t } from './words';

const TIMEOUT_MS = 15_000;
/** Ten metres: nearer than that nobody needs to be known. */
const PRECISION = 4;
const NEAREST_MAX = 6;

export interface Item { code: string; name_zh: string; name_en: string }
export interface Place { id: string; name_zh: string; name_en: string; town_zh: string; town_en: string; lon: number; lat: number }
export interface Outlet {
  id: string; name_zh: string; name_en: string; lon: number; lat: number;
  walk_m: number; walk_minutes: number; opening_hours: string;
  is_open: boolean; opens_at: string | null; closes_at: string | null;
}
export interface Nearest { at: string; item: string; walk_kmh: number; is_estimate: boolean; outlets: Outlet[] }

/** Says in words why there is no answer. */
export class NoAnswer extends Error {}

export function items(): Promise<Item[]> {
  return ask<Item[]>('items');
}

export function places(text: string): Promise<Place[]> {
  return ask<Place[]>(`places?${new URLSearchParams({ q: text }).toString()}`);
}

export function nearest(item: string, lon: number, lat: number): Promise<Nearest> {
  const wish = { item, lon: coarse(lon), lat: coarse(lat), limit: NEAREST_MAX };
  const headers = { 'Content-Type': 'application/json' };
  return ask<Nearest>('nearest', { method: 'POST', headers, body: JSON.stringify(wish) });
}

function coarse(degrees: number): number {
  return Number(degrees.toFixed(PRECISION));
}

async function ask<T>(path: string, how: RequestInit = {}): Promise<T> {
  let response: Response;
  try {
    const address = new URL(`api/v1/public/${path}`, document.baseURI);
    response = await fetch(address, { ...how, credentials: 'omit', signal: AbortSignal.timeout(TIMEOUT_MS) });
  } catch {
    throw new NoAnswer(t('The service cannot be reached. Check the network and try again.'));
  }
  if (response.status === 429) throw new NoAnswer(t('Too many questions. Wait half a minute and try again.'));
  if (!response.ok) throw new NoAnswer(t('The service cannot answer now. Try again later.'));
  return (await response.json()) as T;
}
