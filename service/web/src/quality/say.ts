// Says in words what is wrong with the data, what it means for the figures, and what to do.
import { ago, lasting, number, percent } from '../lib/format';
import { packs } from '../lib/say';
import { store } from '../lib/store.svelte';
import { named, t, tn } from '../lib/words.svelte';
import type { Clock, Counting, Discrepancy, Gap, Lateness, Place, Replayed } from './types';

/** Worse than this a clock is off by what people call minutes; the kiosk's records say its time. */
const CLOCK_RIGHT_S = 60;

export function placeName(place: Place): string {
  return named(place, 'site_name') || place.kiosk_id;
}

export function records(count: number): string {
  return tn('{n} record', '{n} records', count, { n: number(count) });
}

/** Which records are missing, by the numbers that the kiosk gave them. */
export function gapNumbers(gap: Gap): string {
  const [first, last, epoch] = [number(gap.first), number(gap.last), number(gap.epoch)];
  if (first === last) return t('no. {first} of epoch {epoch}', { first, epoch });
  return t('no. {first} to {last} of epoch {epoch}', { first, last, epoch });
}

/** What is done about a gap, and when next. */
export function gapNext(gap: Gap): string {
  if (gap.state === 'permanent') return t('lost for good: shown in every total that it touches');
  if (!gap.next_ask_at) return t('waits to be asked for');
  const seconds = (Date.parse(gap.next_ask_at) - store.now) / 1000;
  if (seconds <= 0) return gap.asks ? t('asked again now') : t('asked for now');
  const span = lasting(seconds);
  return gap.asks ? t('asked again in {span}', { span }) : t('asked for in {span}', { span });
}

export function gapAsked(gap: Gap): string {
  if (!gap.asks) return t('not asked for yet');
  return tn('asked for {n} time', 'asked for {n} times', gap.asks, { n: number(gap.asks) });
}

export function clockSaid(clock: Clock): string {
  const offset = clock.offset_s;
  if (offset === null) return t('not known');
  if (Math.abs(offset) <= CLOCK_RIGHT_S) return t('right');
  const span = lasting(Math.abs(offset));
  return offset > 0 ? t('{span} fast', { span }) : t('{span} slow', { span });
}

/** "−3 boxes": what was found less what our books expected, its sign always said. */
export function differenceSaid(one: Discrepancy): string {
  const sign = one.difference_packs < 0 ? '−' : '+';
  return `${sign}${packs(Math.abs(one.difference_packs), one.item)}`;
}

export function countingWord(kind: Counting): string {
  switch (kind) {
    case 'count': return t('by its own count');
    case 'restock': return t('when it was filled');
    case 'dispense': return t('when it gave out');
  }
}

/** The upper edge of a class of lateness, or what comes after the last edge. */
export function withinWord(uptoS: number | null, lastS: number): string {
  if (uptoS === null) return t('later than {span}', { span: lasting(lastS) });
  if (uptoS === 0) return t('at once, or its clock is fast');
  return lasting(uptoS);
}

/** The last edge: what came later than this is told only as later. */
export function lastEdgeS(one: Lateness | undefined): number {
  return Math.max(0, ...(one?.classes ?? []).map((each) => each.upto_s ?? 0));
}

/** "Half arrive within 5 seconds, 99% within 1 hour." */
export function latenessSaid(one: Lateness): string {
  const span = lasting(lastEdgeS(one));
  if (one.p50_within_s === null) return t('half arrive later than {span}', { span });
  const half = lasting(one.p50_within_s);
  if (one.p99_within_s === null) return t('half arrive within {half}, some later than {span}', { half, span });
  return t('half arrive within {half}, 99% within {most}', { half, most: lasting(one.p99_within_s) });
}

export function reportingShare(kiosks: number, enrolled: number): string {
  return enrolled ? percent(kiosks / enrolled) : '–';
}

export function heardSaid(heardAt: string | null): string {
  return heardAt ? ago(heardAt, store.now) : t('never');
}

/** What came of trying messages again, in one sentence. */
export function replayedSaid(sum: Replayed): string {
  const said: string[] = [];
  const say = (count: number, words: string): void => void (count && said.push(words));
  say(sum.booked, tn('{n} is now counted', '{n} are now counted', sum.booked, { n: number(sum.booked) }));
  say(sum.known, tn('{n} was counted already', '{n} were counted already', sum.known, { n: number(sum.known) }));
  say(sum.past, tn('{n} is readable now but long past', '{n} are readable now but long past', sum.past, { n: number(sum.past) }));
  say(sum.stays, tn('{n} stays here', '{n} stay here', sum.stays, { n: number(sum.stays) }));
  if (!said.length) return t('No message was waiting to be tried again.');
  const tried = tn('{n} message tried again', '{n} messages tried again', sum.tried, { n: number(sum.tried) });
  return t('{tried}: {outcome}.', { tried, outcome: said.join(t(', ')) });
}
