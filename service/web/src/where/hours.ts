// Opening hours in words.
import type { Outlet } from './ask';
import { language, t, tag } from './words';

const DAYS = ['Mo', 'Tu', 'We', 'Th', 'Fr', 'Sa', 'Su'];
const DAY_MS = 86_400_000;

function weekday(index: number): string {
  // The first of January 2024 was a Monday.
  return new Intl.DateTimeFormat(tag(), { timeZone: 'UTC', weekday: 'short' }).format(new Date(Date.UTC(2024, 0, 1 + index)));
}

/** OpenStreetMap's opening hours as people write them. */
export function hoursSaid(hours: string): string {
  if (!hours) return t('hours not known');
  if (hours.trim() === '24/7') return t('open day and night');
  return hours
    .replace(/Mo-Su/g, t('Daily'))
    .replace(/\b(Mo|Tu|We|Th|Fr|Sa|Su)\b/g, (day) => weekday(DAYS.indexOf(day)))
    .replace(/-/g, '–')
    .replace(/;\s*/g, language() === 'zh' ? '；' : '; ');
}

function clock(at: string, now: string): string {
  const far = Date.parse(at) - Date.parse(now) > DAY_MS / 2;
  const day = far ? ({ weekday: 'short' } as const) : {};
  return new Intl.DateTimeFormat(tag(), { ...day, hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/** Whether one can walk there now, and until when. */
export function openSaid(one: Outlet, now: string): string {
  if (!one.is_open) return one.opens_at ? t('Closed, opens at {time}', { time: clock(one.opens_at, now) }) : t('Closed now');
  return one.closes_at ? t('Open until {time}', { time: clock(one.closes_at, now) }) : t('Open now');
}
