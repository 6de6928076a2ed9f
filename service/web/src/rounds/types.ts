// What the service answers about depots and rounds: one to one with /api/v1/depots and /rounds.
export interface Coded { code: string; zh: string; en: string }
export interface Add { slot: number; item: string; packs: number }
export interface ItemVisit {
  item: string; kept_packs: number; order_up_to_packs: number; add_packs: number; is_due: boolean;
  p_stock_out: number; avoided_packs: number; people_days: number; because: Coded[];
}
export interface Visit {
  kiosk_id: string; name_zh: string; name_en: string; pickups: number; avoided_packs: number;
  people_days: number; packs: number; is_unseen: boolean; items: ItemVisit[]; adds: Add[];
  stays_out: Coded | null;
}
export interface StopPlan {
  kiosk_id: string; name_zh: string; name_en: string; arrive_minutes: number; metres: number;
  packs: number; pickups: number; adds: Add[];
}
export interface Tour { minutes: number; metres: number; packs: number; stops: StopPlan[] }
export interface Plan {
  at: string; depot_id: string; solver: string; is_estimate: boolean;
  formula_zh: string; formula_en: string; tours: Tour[]; visits: Visit[];
}
export interface Crew {
  depot_id: string; people: number; hours: number; capacity_packs: number; km_per_hour: number;
  pickup_minutes: number;
}
export type RoundState = 'planned' | 'picked' | 'done' | 'cancelled';
export interface RoundLine {
  id: string; depot_id: string; for_day: string; made_at: string; state: RoundState;
  tours: number; stops: number; stops_done: number; packs: number; differences: number;
}
export interface LotLine { item: string; lot: string; expires_on: string | null; packs: number }
export interface Stop {
  stop: number; tour: number; kiosk_id: string; name_zh: string; name_en: string;
  arrive_minutes: number; metres: number; pickups: number; state: RoundState;
  done_at: string | null; done_by: 'kiosk' | 'hand' | null; note: string;
  lines: (LotLine & { slot: number })[];
  receipts: { slot: number; item: string; heard_packs: number | null; said_packs: number | null }[];
}
export interface Difference {
  round_id: string; stop: number; kiosk_id: string; slot: number; item: string;
  picked_packs: number; received_packs: number;
}
export interface Round {
  id: string; depot_id: string; for_day: string; made_at: string; state: RoundState;
  picked_at: string | null; done_at: string | null; is_estimate: boolean;
  picks: (LotLine & { tour: number })[]; stops: Stop[]; differences: Difference[];
}
export interface Depot { id: string; name_zh: string; name_en: string; lon: number; lat: number }
export interface Entry extends LotLine {
  id: number; kind: 'receipt' | 'issue' | 'return' | 'reversal' | 'loss'; at: string; note: string;
  round_id: string | null; is_reversed: boolean;
}
export interface DepotStock {
  depot: Depot; lots: (LotLine & { promised_packs: number; is_expired: boolean })[]; entries: Entry[];
}
export interface Carton {
  gtin: string; lot: string | null; expires_on: string | null; item: string | null; packs: number | null;
}
export interface Receipt { slot: number; item: string; packs: number }
