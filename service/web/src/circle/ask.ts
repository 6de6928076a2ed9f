// The questions about the circle.
import { address, ask, query } from '../lib/api';
import type { Part } from '../quality/ask';
import { shownAs } from './standing';
import type {
  ActionOrder, Actions, CircleAt, CircleGap, CircleGaps, Communities, Dependence, GapsWanted,
  MonthOfItem, MonthPromise, NewSites, TownCoverage,
} from './types';

const OUTLETS_SHOWN = '50';
const GAPS_A_PAGE = '1000';
/** A file has what a page need not show. */
export const ROWS_IN_FILE = '1000';
export const GAPS_IN_FILE = '50000';

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

/** From where one walks to anything that has the item, in one shape; `at`: or had it then. */
export function reachArea(item: string, at: string | null = null): Promise<GeoJSON.Feature> {
  return ask<GeoJSON.Feature>(`coverage/area${query({ item, at })}`);
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

export async function gaps(wanted: GapsWanted, cursor: string | null): Promise<Part<CircleGap>> {
  const page = await ask<CircleGaps>(`coverage/gaps${query({ ...wanted, before: cursor, limit: GAPS_A_PAGE })}`);
  return { rows: page.gaps.toSorted(promisedFirst), next: page.next === null ? null : `${page.next}` };
}

export type Format = 'csv' | 'geojson';
export const FORMATS: readonly [Format, string][] = [['csv', 'CSV'], ['geojson', 'GeoJSON']];
/** A question whose answer can be had as a file; `isMap`: its rows have places. */
export interface Source { path: string; asked: Record<string, string | null>; isMap: boolean }

export function fileOf({ path, asked }: Source, format: Format): string {
  return address(`${path}${query({ ...asked, format })}`);
}

export function promiseMonths(item: string): Promise<MonthOfItem[]> {
  return ask<MonthOfItem[]>(`promise/months${query({ item })}`);
}

export function promise(item: string, month: string): Promise<MonthPromise> {
  return ask<MonthPromise>(`promise${query({ item, month })}`);
}
