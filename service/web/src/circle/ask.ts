// The questions about the circle.
import { address, ask, query } from '../lib/api';
import type { Part } from '../quality/ask';
import { shownAs } from './standing';
import type {
  ActionOrder, Actions, CircleAt, CircleGap, CircleGaps, Communities, Dependence, GapState,
  MonthOfItem, MonthPromise, NewSites, TownCoverage,
} from './types';

const OUTLETS_SHOWN = '50';
const GAPS_A_PAGE = '1000';

export function towns(item: string): Promise<TownCoverage[]> {
  return ask<TownCoverage[]>(`coverage/towns${query({ item })}`);
}

export function dependence(item: string): Promise<Dependence> {
  return ask<Dependence>(`coverage/dependence${query({ item, limit: OUTLETS_SHOWN })}`);
}

export function actions(item: string, order: ActionOrder): Promise<Actions> {
  return ask<Actions>(`coverage/actions${query({ item, order, limit: OUTLETS_SHOWN })}`);
}

export function newSites(item: string, count: number, prove: boolean): Promise<NewSites> {
  return ask<NewSites>(`coverage/sites${query({ item, count: `${count}`, prove: prove ? 'true' : null })}`);
}

export async function communities(item: string): Promise<Communities> {
  const read = await ask<Communities>(`coverage/communities${query({ item, format: 'geojson' })}`);
  for (const { properties } of read.features) properties.shown = shownAs(properties.standing);
  return read;
}

/** From where one walks to anything that has the item, in one shape. */
export function reachArea(item: string): Promise<GeoJSON.Feature> {
  return ask<GeoJSON.Feature>(`coverage/area${query({ item })}`);
}

export function kioskArea(kiosk: string): Promise<GeoJSON.Feature> {
  return ask<GeoJSON.Feature>(`kiosks/${encodeURIComponent(kiosk)}/area`);
}

export function circleAt(item: string, at: string): Promise<CircleAt> {
  return ask<CircleAt>(`coverage/at${query({ item, at })}`);
}

/** Those who were promised the item before those whom nothing serves; the most people first. */
function promisedFirst(a: CircleGap, b: CircleGap): number {
  return Number(a.cause === 'never') - Number(b.cause === 'never') || b.people - a.people;
}

export async function gaps(item: string, state: GapState, cursor: string | null): Promise<Part<CircleGap>> {
  const page = await ask<CircleGaps>(`coverage/gaps${query({ item, state, before: cursor, limit: GAPS_A_PAGE })}`);
  return { rows: page.gaps.toSorted(promisedFirst), next: page.next === null ? null : `${page.next}` };
}

/** Where communities and gaps of an item are as a file. */
export function fileOf(what: 'communities' | 'gaps', item: string, format: 'csv' | 'geojson'): string {
  return address(`coverage/${what}${query({ item, format })}`);
}

export function promiseMonths(item: string): Promise<MonthOfItem[]> {
  return ask<MonthOfItem[]>(`promise/months${query({ item })}`);
}

export function promise(item: string, month: string): Promise<MonthPromise> {
  return ask<MonthPromise>(`promise${query({ item, month })}`);
}
