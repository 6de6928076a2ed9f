// The questions about the quality of the data, and the one wish: to try messages again.
import { ask, query, tell } from '../lib/api';
import type {
  Clock, DiscrepanciesPage, GapsPage, GapState, Quality, Quarantined, QuarantinedWhole,
  QuarantineState, Replayed, ReplayOf,
} from './types';

const ROWS_A_PAGE = 100;

export interface Part<Row> { rows: Row[]; next: string | null }

export function quality(): Promise<Quality> {
  return ask<Quality>('quality');
}

export async function gaps(state: GapState | null, cursor: string | null): Promise<Part<GapsPage['gaps'][number]>> {
  const page = await ask<GapsPage>(`quality/gaps${query({ state, cursor, limit: `${ROWS_A_PAGE}` })}`);
  return { rows: page.gaps, next: page.next };
}

export async function discrepancies(cursor: string | null): Promise<Part<DiscrepanciesPage['discrepancies'][number]>> {
  const page = await ask<DiscrepanciesPage>(`quality/discrepancies${query({ cursor, limit: `${ROWS_A_PAGE}` })}`);
  return { rows: page.discrepancies, next: page.next };
}

/** All clocks that are off: there are no more of them than kiosks, so that they come in one go. */
export async function clocks(): Promise<Part<Clock>> {
  return { rows: await ask<Clock[]>(`quality/clocks${query({ limit: '500' })}`), next: null };
}

export async function quarantined(
  state: QuarantineState, reason: string | null, after: string | null,
): Promise<Part<Quarantined>> {
  const rows = await ask<Quarantined[]>(`quarantine${query({ state, reason, after, limit: `${ROWS_A_PAGE}` })}`);
  return { rows, next: rows.length < ROWS_A_PAGE ? null : `${rows.at(-1)?.id}` };
}

export function whole(id: number): Promise<QuarantinedWhole> {
  return ask<QuarantinedWhole>(`quarantine/${id}`);
}

/** Tries messages again until none is left to try; what was done so far is told after each step. */
export async function replay(of: ReplayOf, told: (sum: Replayed) => void): Promise<void> {
  let sum: Replayed = { tried: 0, booked: 0, known: 0, past: 0, stays: 0, next: null, still: [] };
  do {
    const after = sum.next === null ? {} : { after: sum.next };
    const step = await tell<Replayed>('quarantine/replay', { ...of, ...after });
    sum = {
      tried: sum.tried + step.tried, booked: sum.booked + step.booked, known: sum.known + step.known,
      past: sum.past + step.past, stays: sum.stays + step.stays, next: step.next,
      still: [...sum.still, ...step.still],
    };
    told(sum);
  } while (sum.next !== null);
}
