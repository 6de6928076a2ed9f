// What the service answers about policies: one to one with /api/v1/policies.
export type Method = 'min_max' | 'risk';
export interface Figures {
  method: Method; min_months: number; max_months: number; risk: number;
  lead_days: number; review_days: number;
}
export interface Policy { site_id: string | null; kind: string | null; item: string | null; policy: Figures }
export interface Policies { policies: Policy[]; default: Figures; presets: { name: string; policy: Figures }[] }
export interface Outcome { stock_out_days: number; visits: number; moved_packs: number; lost_packs: number }
export interface Hindsight {
  first_day: string; last_day: string; places: number; places_all: number;
  was: Outcome; now: Outcome; then: Outcome; assumptions_zh: string; assumptions_en: string;
}
export interface Scope { site_id: string; kind: string; item: string }
export type Wish = Scope & Figures;
