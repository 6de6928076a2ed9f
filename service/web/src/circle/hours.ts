// Person-hours as the classes that are shown, and the share that was kept.
import { percent } from '../lib/format';
import type { PeopleBy } from './standing';
import type { PromiseHours } from './types';

export function hoursBy(one: PromiseHours): PeopleBy {
  return {
    covered: one.kept_h, perhaps: one.unknown_h, closed: one.closed_h,
    stock: one.stock_h, machine: one.machine_h, never: one.never_h,
  };
}

export function keptSaid(one: PromiseHours): string {
  const { share_kept_low: low, share_kept_high: high } = one;
  if (low === null || high === null) return '–';
  const [least, most] = [percent(low), percent(high)];
  return least === most ? least : `${least} – ${most}`;
}
