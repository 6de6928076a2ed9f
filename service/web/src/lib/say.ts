// Says in a sentence what is wrong with a kiosk, what a fact tells, what a word of the service means.
import { clock, lasting, moment, number, weekday } from './format';
import { store } from './store.svelte';
import { lang, named, t, tn } from './words.svelte';
import type { Fact, IncidentKind, ItemLevel, KioskSummary, State } from './types';

export function itemName(code: string | null): string {
  return named(store.item(code)) || code || '';
}

/** A short name for tight places: what lies beside it need not repeat the active substance. */
export function itemShort(code: string | null): string {
  return itemName(code)
    .replace(/^壬苯醇醚/, '外用')
    .replace(/^Nonoxynol-9 /i, '')
    .replace(/^./, (letter) => letter.toUpperCase());
}

export function packs(count: number, code: string | null): string {
  const item = store.item(code);
  if (lang.current === 'zh') return `${number(count)} ${item?.pack_zh ?? ''}`;
  return tn('{n} box', '{n} boxes', count, { n: number(count) });
}

export function units(count: number, code: string | null): string {
  const item = store.item(code);
  if (!item) return number(count);
  if (lang.current === 'zh') return `${number(count)} ${item.unit_zh}`;
  return `${number(count)} ${item.unit_en}${count === 1 ? '' : 's'}`;
}

const DAY_MS = 86_400_000;

/** The hour alone while it can mean only one day. */
function recently(at: string): string {
  return store.now - Date.parse(at) < DAY_MS / 2 ? clock(at) : moment(at);
}

const LEVELS_OF_THE_PAST: readonly State[] = ['silent', 'catching_up'];

/** The items that are low or out, worst first; none where the levels are not today's. */
export function shortItems(kiosk: KioskSummary): ItemLevel[] {
  if (LEVELS_OF_THE_PAST.includes(kiosk.state)) return [];
  const rank = (one: ItemLevel): number => (one.state === 'empty' ? -1 : one.on_hand_packs ?? 0);
  return kiosk.items
    .filter((one) => one.state === 'empty' || one.state === 'low')
    .toSorted((a, b) => rank(a) - rank(b));
}

/** What cannot be had although it is there is stuck. */
function isJammed(one: ItemLevel): boolean {
  return one.state === 'empty' && one.on_hand_packs !== 0;
}

function shortage(one: ItemLevel): string {
  const { item: code, state, on_hand_packs: left } = one;
  const item = itemShort(code);
  if (state === 'empty') return isJammed(one) ? t('{item} is jammed', { item }) : t('{item} is out', { item });
  return left === null ? t('{item} is low', { item }) : t('{item}: {left} left', { item, left: packs(left, code) });
}

/** The worst so many, the item that is asked for before all others, and how many more there are. */
function shortages(kiosk: KioskSummary, most: number, asked: string | null): string[] {
  const short = shortItems(kiosk).toSorted((a, b) => Number(b.item === asked) - Number(a.item === asked));
  const more = short.length - most;
  const said = short.slice(0, most).map(shortage);
  return more > 0 ? [...said, tn('{n} more item', '{n} more items', more, { n: more })] : said;
}

function slotCounts(kiosk: KioskSummary): string[] {
  const said: string[] = [];
  const { slots_empty: none, slots_low: low } = kiosk;
  if (none) said.push(tn('{n} slot empty', '{n} slots empty', none, { n: none }));
  if (low) said.push(tn('{n} slot low', '{n} slots low', low, { n: low }));
  return said;
}

interface Saying {
  /** So many items at most, where there is little room. */
  most?: number;
  /** The item that the list is filtered by. */
  asked?: string | null;
}

/** What is wrong with a kiosk in words: what keeps it from working, then what it is short of. */
export function wrongWith(kiosk: KioskSummary, { most = Infinity, asked = null }: Saying = {}): string {
  const said: string[] = [];
  if (kiosk.state === 'silent') {
    said.push(kiosk.heard_at
      ? t('No message since {time}', { time: recently(kiosk.heard_at) })
      : t('Never heard from'));
  }
  if (kiosk.state === 'unknown') said.push(t('Never counted, stock unknown'));
  if (kiosk.behind_facts > 0) {
    const n = kiosk.behind_facts;
    said.push(tn('{n} record still to come', '{n} records still to come', n, { n: number(n) }));
  }
  if (kiosk.state === 'fault') said.push(...faultsOf(kiosk));
  if (!LEVELS_OF_THE_PAST.includes(kiosk.state)) {
    const short = shortages(kiosk, most, asked);
    said.push(...(short.length ? short : slotCounts(kiosk)));
  }
  return said.join(' · ');
}

/** The fault without what to do about it; jams alone are told by the items that are stuck. */
function faultsOf(kiosk: KioskSummary): string[] {
  const incident = store.incidentsByKiosk.get(kiosk.id)?.find((one) => one.kind === 'fault');
  const jamsAlone = kiosk.items.some(isJammed) && !incident?.facts?.['machine_faults'];
  if (jamsAlone) return [];
  const [what = ''] = (incident ? named(incident, 'why') : '').split(/[；;。]|\.$/);
  return [what || t('Out of order')];
}

export function incidentKind(kind: IncidentKind): string {
  switch (kind) {
    case 'silent': return t('Silent');
    case 'low': return t('Running low');
    case 'out': return t('Out of stock');
    case 'fault': return t('Faulty');
    case 'no_takers': return t('No takers');
    case 'expiring': return t('Expires soon');
    case 'expired': return t('Expired');
    case 'discrepancy': return t('Counts differ');
    case 'clock': return t('Clock wrong');
    case 'circle_gap': return t('Gap in the circle');
    case 'conflict': return t('Conflicting records');
    case 'month_not_closable': return t('Month incomplete');
    case 'network': return t('Network down');
    default: return kind;
  }
}

/** Why a message was set aside, in words; a reason of next year shows as the service names it. */
export function siteKind(kind: string): string {
  switch (kind) {
    case 'health_centre': return t('Community health centre');
    case 'hospital': return t('Hospital');
    case 'campus': return t('Campus');
    case 'dormitory': return t('Factory dormitory');
    case 'station': return t('Station');
    case 'mall': return t('Shopping centre');
    case 'health_office': return t('Health office');
    case 'community': return t('Community');
    default: return kind;
  }
}

export function outcomeWord(fact: Fact): string {
  if (fact.kind === 'restock') return t('Restocked');
  if (fact.kind === 'count') return t('Counted');
  if (fact.kind === 'fault') return fact.data['state'] === 'cleared' ? t('Fault cleared') : t('Fault raised');
  switch (fact.outcome) {
    case 'dispensed': return t('Given out');
    case 'jammed': return t('Jammed');
    case 'empty': return t('Asked for, empty');
    case 'refused': return t('Refused');
    default: return fact.kind;
  }
}

function whole(value: unknown): number {
  return typeof value === 'number' ? value : 0;
}

/** What a fact tells, in one line. */
export function factLine(fact: Fact): string {
  const item = itemShort(fact.item);
  const taken = t('{item}, {packs}', { item, packs: packs(fact.packs ?? 0, fact.item) });
  if (fact.kind === 'restock') {
    const removed = whole(fact.data['packs_removed']);
    const added = packs(whole(fact.data['packs_added'] ?? fact.packs), fact.item);
    return removed
      ? t('{item}: {added} added, {removed} removed', { item, added, removed: packs(removed, fact.item) })
      : t('{item}: {added} added', { item, added });
  }
  if (fact.kind === 'count') return countReason(fact.data['why']);
  if (fact.kind === 'fault') return faultCode(fact.data['code']);
  if (fact.outcome === 'dispensed' && fact.units) return `${taken} (${units(fact.units, fact.item)})`;
  return item;
}

function countReason(why: unknown): string {
  switch (why) {
    case 'boot': return t('all slots, after start');
    case 'door': return t('all slots, after the door was closed');
    case 'daily': return t('all slots, the daily count');
    case 'asked': return t('all slots, asked for by the service');
    default: return t('all slots');
  }
}

export function faultCode(code: unknown): string {
  switch (code) {
    case 'aisle_jam': return t('slot jammed');
    case 'card_reader': return t('card reader');
    case 'door_open': return t('door open');
    case 'over_temperature': return t('too hot');
    case 'power': return t('power');
    case 'tamper': return t('tampering');
    default: return t('other fault');
  }
}

const OSM_DAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];

/** Opening hours as OpenStreetMap writes them, in words. */
export function openingHours(hours: string | null): string {
  if (!hours) return t('hours not known');
  if (hours.trim() === '24/7') return t('open day and night');
  return hours
    .replace(/Mo-Su/g, t('Daily'))
    .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, (day) => weekday(OSM_DAYS.indexOf(day)))
    .replace(/-/g, '–')
    .replace(/;\s*/g, lang.current === 'zh' ? '；' : '; ');
}

/** "3 hours", since a state began. */
export function sinceSpan(at: string | null): string {
  return at ? lasting((store.now - Date.parse(at)) / 1000) : '';
}
