// Words of rounds and depots.
import { number } from '../lib/format';
import { lang, t, tn } from '../lib/words.svelte';
import type { Coded, Entry, RoundState } from './types';

export function inWords(said: Coded): string {
  return said[lang.current] || said.en;
}

export function stateWord(state: RoundState): string {
  switch (state) {
    case 'planned': return t('planned');
    case 'picked': return t('picked');
    case 'done': return t('done');
    case 'cancelled': return t('cancelled');
  }
}

export function entryWord(kind: Entry['kind']): string {
  switch (kind) {
    case 'receipt': return t('came in');
    case 'issue': return t('taken for a round');
    case 'return': return t('came back');
    case 'loss': return t('lost or destroyed');
    case 'reversal': return t('undone');
  }
}

export function boxes(count: number): string {
  return tn('{n} box', '{n} boxes', count, { n: number(count) });
}

export function stopsSaid(count: number): string {
  return tn('{n} stop', '{n} stops', count, { n: number(count) });
}

export function kilometres(metres: number): string {
  return t('{n} km', { n: number(metres / 1000) });
}

export function hoursSaid(minutes: number): string {
  return `${Math.floor(minutes / 60)}:${String(minutes % 60).padStart(2, '0')}`;
}
