// What the service answers about the quality of its data: one to one with /api/v1/quality.
export interface Place {
  kiosk_id: string; site_id: string | null; site_name_zh: string | null; site_name_en: string | null;
}
export interface Unheard extends Place { heard_at: string | null }
export interface ReportingDay { day: string; kiosks: number; enrolled: number }
export interface Reporting {
  enrolled: number; last_24h: number; days: ReportingDay[]; missing: Unheard[];
}
/** A class holds the facts later than the class before and no later than this; null has no end. */
export interface LatenessClass { upto_s: number | null; facts: number }
export interface Lateness {
  days: number; facts: number;
  p50_within_s: number | null; p90_within_s: number | null; p99_within_s: number | null;
  classes: LatenessClass[];
}
export interface GapsFigures {
  open_facts: number; open_gaps: number; permanent_facts: number; permanent_gaps: number;
  kiosks: number;
}
export type GapState = 'open' | 'permanent';
export interface Gap extends Place {
  epoch: number; first: number; last: number; facts: number; state: GapState;
  noticed_at: string; asks: number; next_ask_at: string | null;
}
/** The offset is the kiosk's clock less ours: more than nothing is fast. */
export interface Clock extends Place {
  offset_s: number | null; heard_at: string | null;
  facts_aside: number; last_aside_at: string | null;
}
export type Counting = 'count' | 'restock' | 'dispense';
/** The difference is what was found less what our books expected: below nothing, packs are gone. */
export interface Discrepancy extends Place {
  epoch: number; sequence: number; slot: number; item: string; kind: Counting;
  happened_at: string; expected_packs: number; found_packs: number; difference_packs: number;
}
export interface DiscrepancyFigures {
  days: number; rows: number; kiosks: number; newest: Discrepancy[];
}
export interface ReasonFigures {
  reason: string; waiting: number; messages: number; replayable: number; last_heard_at: string;
}
export interface QuarantineFigures {
  waiting: number; messages: number; settled: number; reasons: ReasonFigures[];
}
export interface Quality {
  at: string; reporting: Reporting; lateness: Lateness[]; gaps: GapsFigures;
  clocks: { kiosks: number; worst: Clock[] };
  quarantine: QuarantineFigures; discrepancies: DiscrepancyFigures;
}
export interface GapsPage { gaps: Gap[]; next: string | null }
export interface DiscrepanciesPage { discrepancies: Discrepancy[]; next: string | null }

export type QuarantineState = 'waiting' | 'settled';
export type Fate = 'booked' | 'known' | 'past';
export interface Quarantined {
  id: number; reason: string; detail: string | null; kiosk_id: string | null; topic: string | null;
  first_heard_at: string; heard_at: string; count: number;
  head: string | null; size_bytes: number; replayable: boolean;
  settled_at: string | null; fate: Fate | null;
}
export interface QuarantinedWhole extends Quarantined { message: string | null }
export interface ReplayOf { reason?: string; ids?: number[]; after?: number }
export interface Replayed {
  tried: number; booked: number; known: number; past: number; stays: number; next: number | null;
  still: { id: number; reason: string; detail: string | null }[];
}
