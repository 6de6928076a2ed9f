// Demand to come of one kiosk: the question, its answer, and figures as people say them.
import { ask, query } from '../lib/api';
import { number } from '../lib/format';
import { lang, t, tn } from '../lib/words.svelte';

export interface FieldFigures { convention: 'openlmis' | 'plain'; amc_packs: number | null; months_of_stock: number | null }
export interface MonthUsed { month: string; packs: number; stock_out_days: number }
export interface ItemForecast {
  item: string; from_day: string; days: number;
  packs_per_day: number; packs_per_day_low: number; packs_per_day_high: number;
  on_hand_packs: number | null; days_of_cover: number | null; p_stock_out: number | null;
  risk: number; runs_out_on: string | null;
  window_days: number; seen_days: number; seen_packs: number; pool: string; formula: string;
  months: MonthUsed[]; field: FieldFigures[];
}
export interface KioskForecast {
  kiosk_id: string; made_at: string | null; formula_zh: string; formula_en: string; items: ItemForecast[];
}

export function forecastOf(kiosk: string): Promise<KioskForecast> {
  return ask<KioskForecast>(`forecast${query({ kiosk_id: kiosk })}`);
}

/** A rate with as many digits as it bears: 0.07, 0.98, 12. */
export function rate(value: number): string {
  return value.toLocaleString(lang.tag, { maximumSignificantDigits: 2 });
}

/** A chance without false precision: under 1 %, 20 %, over 99 %. */
export function chance(share: number): string {
  const whole = (value: number): string => value.toLocaleString(lang.tag, { style: 'percent', maximumFractionDigits: 0 });
  if (share < 0.01) return t('under {p}', { p: whole(0.01) });
  if (share > 0.99) return t('over {p}', { p: whole(0.99) });
  return whole(share);
}

/** How long a stock lasts; past two years nobody counts. */
export function cover(one: ItemForecast): string {
  if (one.on_hand_packs === null) return t('not known');
  if (one.days_of_cover === null) return t('over two years');
  const days = number(one.days_of_cover < 10 ? one.days_of_cover : Math.round(one.days_of_cover));
  return tn('{n} day', '{n} days', one.days_of_cover, { n: days });
}
