// What the service answers, as types: one to one with /api/v1.
export type State =
  | 'available' | 'low' | 'empty' | 'fault' | 'silent' | 'catching_up' | 'unknown';
export type SlotState = 'available' | 'low' | 'empty' | 'unknown';
export type Outcome = 'dispensed' | 'jammed' | 'empty' | 'refused';
export type Grouping = 'site' | 'item' | 'town';

export interface District {
  name_zh: string; name_en: string; region: string;
  center: [number, number]; bounds: [number, number, number, number];
  timezone: string; people: number; kiosks: number; free_points: number;
  walk_limit_m: number; walk_kmh: number;
}
export interface Item {
  code: string; name_zh: string; name_en: string; unit_zh: string; unit_en: string;
  pack_zh: string; pack_en: string; units_per_pack: number;
}
export interface Town { code: string; name_zh: string; name_en: string; people: number; kiosks: number }
export interface Site {
  id: string; name_zh: string; name_en: string; kind: string; outlet: 'kiosk' | 'staffed' | 'paid' | 'delivery';
  town_code: string; lon: number; lat: number; opening_hours: string | null;
}
/** One item of a kiosk; empty with packs on hand means that they are stuck behind a jam. */
export interface ItemLevel { item: string; state: SlotState; on_hand_packs: number | null }
export interface KioskSummary {
  id: string; site_id: string; site_name_zh: string; site_name_en: string; site_kind: string;
  town_code: string; lon: number; lat: number;
  state: State; state_since: string | null; online: boolean; heard_at: string | null;
  on_hand_packs: number | null; capacity_packs: number | null; slots_low: number; slots_empty: number;
  items: ItemLevel[];
  behind_facts: number; open_incidents: number; urgency: number;
}
export interface Slot {
  slot: number; item: string; capacity_packs: number | null; on_hand_packs: number | null;
  counted_at: string | null; state: SlotState; jammed: boolean;
}
export interface DayCount { day: string; item: string; packs: number; units: number; empty: number }
export interface Fact {
  epoch: number; sequence: number; kind: 'dispense' | 'restock' | 'count' | 'fault';
  happened_at: string; heard_at: string; slot: number | null; item: string | null;
  packs: number | null; units: number | null; outcome: Outcome | null;
  data: Record<string, unknown>; kiosk_id?: string; site_id?: string;
}
export interface Gap { epoch: number; first: number; last: number; state: 'open' | 'permanent' }
export interface Kiosk extends KioskSummary {
  region: string; model: string | null; firmware: string | null; opening_hours: string | null;
  epoch: number | null; head_sequence: number | null; upto_sequence: number | null;
  clock_offset_s: number | null;
  slots: Slot[]; daily: DayCount[]; facts: Fact[]; gaps: Gap[]; incidents: Incident[];
}
export type IncidentKind =
  | 'silent' | 'low' | 'out' | 'fault' | 'no_takers' | 'expiring' | 'expired' | 'discrepancy'
  | 'clock' | 'circle_gap' | 'conflict' | 'month_not_closable' | 'network';
export type IncidentState = 'unresolved' | 'open' | 'acknowledged' | 'snoozed' | 'resolved' | 'all';
export interface Incident {
  id: number; kind: IncidentKind; severity: 'info' | 'warning' | 'critical';
  state: 'open' | 'acknowledged' | 'resolved';
  kiosk_id: string | null; site_id: string | null; place: string | null;
  place_name_zh: string | null; place_name_en: string | null;
  item: string | null; opened_at: string; resolved_at: string | null; resolved_by: string | null;
  acknowledged_at: string | null; acknowledged_by: string | null; assigned_to: string | null;
  snoozed_until: string | null; snooze_reason: string | null;
  why_zh: string; why_en: string; facts: Record<string, unknown> | null;
}
export interface IncidentEvent {
  at: string; what: string; severity: Incident['severity']; by: string | null; note: string | null;
  numbers: Record<string, unknown>;
}
export interface IncidentDetail { incident: Incident; events: IncidentEvent[] }
export interface ItemCoverage {
  item: string; people_installed: number;
  people_working_low: number; people_working_high: number;
  people_in_stock_low: number; people_in_stock_high: number;
  people_never: number; people_machine: number; people_stock: number; people_closed: number;
  people_unknown: number;
  near_in_stock_low: number; near_in_stock_high: number;
}
export interface Coverage {
  computed_at: string | null; estimate: boolean; method: string;
  limit_m: number; near_m: number; walk_kmh: number; people: number;
  items: ItemCoverage[];
}
export interface Progress { behind_facts: number; kiosks_catching_up: number; facts_expected: number }
export interface KioskList { change_id: number; progress: Progress; kiosks: KioskSummary[] }
export interface TotalsRow {
  key: string; name_zh: string; name_en: string; item: string;
  dispensed_packs: number; dispensed_units: number; empty_asks: number; jams: number;
  refused: number; restocked_packs: number; removed_packs: number;
}
export interface Totals {
  month: string; by: Grouping; timezone: string; provisional: boolean; gaps_touching: number;
  rows: TotalsRow[];
}
export interface FactsPage { facts: Fact[]; next: string | null }
export interface MapBase {
  type: 'FeatureCollection';
  features: { type: 'Feature'; geometry: GeoJSON.Geometry; properties: Record<string, unknown> }[];
}
