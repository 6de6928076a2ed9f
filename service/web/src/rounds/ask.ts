// The questions about depots and rounds, and what is told of them.
import { address, ask, change, query, tell } from '../lib/api';
import type {
  Carton, Crew, Depot, DepotStock, Entry, Plan, Receipt, Round, RoundLine,
} from './types';

/** Somebody waits for it, and a page gives up after twenty seconds. */
export const PLAN_SECONDS = 4;

export function depots(): Promise<Depot[]> {
  return ask<Depot[]>('depots');
}

export function stock(depot: string): Promise<DepotStock> {
  return ask<DepotStock>(`depots/${encodeURIComponent(depot)}`);
}

export function keepDepot({ id, ...given }: Depot): Promise<Depot> {
  return change<Depot>('PUT', `depots/${encodeURIComponent(id)}`, given);
}

export function enter(depot: string, entry: object): Promise<Entry> {
  return tell<Entry>(`depots/${encodeURIComponent(depot)}/entries`, entry);
}

export function undo(depot: string, entry: number): Promise<Entry> {
  return tell<Entry>(`depots/${encodeURIComponent(depot)}/entries/${entry}/undo`, {});
}

export function scan(code: string): Promise<Carton> {
  return tell<Carton>('scan', { code });
}

export function nameCarton(gtin: string, item: string, packs: number): Promise<Carton> {
  return change<Carton>('PUT', `item-codes/${gtin}`, { item, packs });
}

export function plan(crew: Crew): Promise<Plan> {
  return tell<Plan>('rounds/plan', { ...crew, seconds: PLAN_SECONDS });
}

/** Decides on a plan as it was shown. */
export function make(found: Plan, day: string): Promise<Round> {
  const tours = found.tours.map((tour) =>
    tour.stops.map(({ kiosk_id, arrive_minutes, metres, pickups, adds }) => ({
      kiosk_id, arrive_minutes, metres, pickups, adds,
    })));
  const { depot_id, solver, is_estimate } = found;
  return tell<Round>('rounds', { depot_id, for_day: day, solver, is_estimate, tours });
}

export function rounds(): Promise<RoundLine[]> {
  return ask<RoundLine[]>('rounds');
}

export function round(id: string): Promise<Round> {
  return ask<Round>(`rounds/${encodeURIComponent(id)}`);
}

export function pickListOf(id: string, lang: string): string {
  return address(`rounds/${encodeURIComponent(id)}/picklist.pdf${query({ lang })}`);
}

export function picked(id: string): Promise<Round> {
  return tell<Round>(`rounds/${encodeURIComponent(id)}/picked`, {});
}

export function cancelled(id: string): Promise<Round> {
  return tell<Round>(`rounds/${encodeURIComponent(id)}/cancelled`, {});
}

export function done(id: string, stop: number, received: Receipt[], note: string): Promise<Round> {
  return tell<Round>(`rounds/${encodeURIComponent(id)}/stops/${stop}/done`, { received, note });
}
