// What the service answers about the circle: one to one with /api/v1/coverage and /api/v1/promise.
import type { ItemCoverage } from '../lib/types';
import type { Shown } from './standing';

export interface TownCoverage {
  town_code: string; name_zh: string; name_en: string; people: number; coverage: ItemCoverage;
}
export interface Basis { at: string; limit_m: number; is_estimate: boolean; people: number }
export interface DependentCommunity { id: string; name_zh: string; name_en: string; people: number }
export interface DependenceRow {
  outlet_id: string; name_zh: string; name_en: string; people: number; communities: number;
  people_now_low: number; people_now_high: number; largest: DependentCommunity[];
}
export interface Dependence {
  basis: Basis; item: string; people_on_one: number; people_now_low: number; people_now_high: number;
  outlets: DependenceRow[];
}
export type ActionOrder = 'now' | 'week';
export interface ActionRow {
  outlet_id: string; name_zh: string; name_en: string; item: string;
  action: 'restock' | 'repair'; standing: 'machine' | 'empty' | 'in_stock'; is_open: boolean;
  on_hand_packs: number | null; packs_per_day: number | null; days_left: number | null;
  people: number; people_high: number; gain: number;
  people_days: number; people_days_high: number; gain_people_days: number;
}
export interface Actions {
  basis: Basis; order: ActionOrder; window_days: number; rate_days: number;
  formula_zh: string; formula_en: string; rows_all: number; actions: ActionRow[];
}
export interface SiteRow {
  rank: number; id: string; name_zh: string; name_en: string; lon: number; lat: number;
  gain: number; people_alone: number; people_so_far: number;
}
export interface Proof { bound_people: number; gap: number; is_optimal: boolean; seconds: number }
export interface NewSites {
  basis: Basis; item: string; candidates_are: 'communities' | 'given'; candidates: number;
  candidates_left_out: number; uncovered_people: number; reachable_people: number;
  gained_people: number; greedy_people: number; swaps: number; sites: SiteRow[]; proof: Proof | null;
}
export type Cause = 'never' | 'machine' | 'stock' | 'closed' | 'unknown';
/** Communities as they stand; `shown` is ours: the class that the standing is shown as. */
export interface CommunityProperties {
  id: string; name_zh: string; name_en: string; town_code: string; people: number;
  standing: string; cause: Cause | null; since: string | null;
  walk_m: number | null; walk_minutes: number | null;
  shown: Shown;
}
export type Communities = GeoJSON.FeatureCollection<GeoJSON.Point, CommunityProperties>;
/** The circle at a past moment: `states` names what outlets and communities tell by number. */
export interface CircleAt {
  at: string; item: string; estimate: boolean; limit_m: number; near_m: number; people: number;
  settled: boolean; coverage: ItemCoverage; states: string[];
  outlet_ids: string[]; outlet_states: number[];
  community_ids: string[]; community_states: number[];
}
export type GapState = 'open' | 'closed' | 'all';
/** Which gaps; what is null does not matter. */
export type GapsWanted = { item: string; state: GapState; cause: Cause | null; town: string | null };
export interface CircleGap {
  id: number; community_id: string; name_zh: string | null; name_en: string | null;
  town_code: string | null; lon: number | null; lat: number | null;
  item: string; cause: Cause; people: number; since: string;
  opened_at: string; opened_by: string | null; closed_at: string | null; closed_by: string | null;
}
export interface CircleGaps { gaps: CircleGap[]; next: number | null }
export interface PromiseHours {
  promised_h: number; kept_h: number; unknown_h: number;
  never_h: number; machine_h: number; stock_h: number; closed_h: number;
  share_kept_low: number | null; share_kept_high: number | null;
}
export interface MonthOfItem { month: string; item: string; promise: PromiseHours }
export interface TownPromise { town_code: string; name_zh: string; name_en: string; promise: PromiseHours }
export interface MonthPromise {
  month: string; timezone: string; provisional: boolean;
  items: { item: string; up_to: string; total: PromiseHours; towns: TownPromise[] }[];
}
