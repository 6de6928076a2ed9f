// Numbers, days and times as people of the chosen language write them, in the district's zone.
import { lang, t, tn } from './words.svelte';

let zone = 'Asia/Shanghai';
const made = new Map<string, Intl.DateTimeFormat>();

export function useZone(name: string): void {
  zone = name;
  made.clear();
}

function formatter(name: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = `${lang.tag} ${name}`;
  let found = made.get(key);
  if (!found) {
    found = new Intl.DateTimeFormat(lang.tag, { timeZone: zone, hourCycle: 'h23', ...options });
    made.set(key, found);
  }
  return found;
}

export function number(value: number): string {
  return value.toLocaleString(lang.tag, { maximumFractionDigits: 1 });
}

export function percent(share: number): string {
  return share.toLocaleString(lang.tag, { style: 'percent', maximumFractionDigits: 1, minimumFractionDigits: 1 });
}

export function clock(at: string): string {
  return formatter('clock', { hour: '2-digit', minute: '2-digit' }).format(new Date(at));
}

export function moment(at: string): string {
  const options = { month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const;
  return formatter('moment', options).format(new Date(at));
}

export function exact(at: string): string {
  const options = { dateStyle: 'medium', timeStyle: 'medium' } as const;
  return formatter('exact', options).format(new Date(at));
}

export function dayName(day: string): string {
  return new Intl.DateTimeFormat(lang.tag, { timeZone: 'UTC', month: 'short', day: 'numeric', weekday: 'short' })
    .format(new Date(`${day}T00:00:00Z`));
}

/** A day where there is little room: "22 Nov", "11/22". */
export function dayShort(day: string): string {
  const [, month, date] = day.split('-');
  return lang.current === 'zh' ? `${Number(month)}/${Number(date)}` : dayName(day).replace(/^\w+,? /, '');
}

/** The short name of a weekday, Monday being 0. */
export function weekday(index: number): string {
  // The first of January 2024 was a Monday.
  return new Intl.DateTimeFormat(lang.tag, { timeZone: 'UTC', weekday: 'short' })
    .format(new Date(Date.UTC(2024, 0, 1 + index)));
}

export function monthName(month: string): string {
  return new Intl.DateTimeFormat(lang.tag, { timeZone: 'UTC', year: 'numeric', month: 'long' })
    .format(new Date(`${month}-01T00:00:00Z`));
}

/** The local day of a moment, as 2026-11-21. */
export function localDay(at: Date): string {
  return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);
}

/** How long something lasts, in one unit: "3 hours". */
export function lasting(seconds: number): string {
  const s = Math.max(0, Math.round(seconds));
  if (s < 60) return tn('{n} second', '{n} seconds', s, { n: s });
  const minutes = Math.floor(s / 60);
  if (minutes < 60) return tn('{n} minute', '{n} minutes', minutes, { n: minutes });
  const hours = Math.floor(minutes / 60);
  if (hours < 48) return tn('{n} hour', '{n} hours', hours, { n: hours });
  const days = Math.floor(hours / 24);
  return tn('{n} day', '{n} days', days, { n: number(days) });
}

/** How long ago something was: "3 hours ago"; a moment ahead of our clock counts as now. */
export function ago(at: string, now: number): string {
  const seconds = (now - Date.parse(at)) / 1000;
  return seconds < 5 ? t('just now') : t('{span} ago', { span: lasting(seconds) });
}
