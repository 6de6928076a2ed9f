// The mark of each kiosk state: one drawing for map, list and legend, told apart without colour.
import { t } from './words.svelte';
import type { State } from './types';

export interface Mark {
  /** The outline in a 24 × 24 box. */
  shape: string;
  /** What stands inside, stroked. */
  sign: string;
  hollow: boolean;
}

const RING = 'M12 3.2a8.8 8.8 0 1 0 0 17.6a8.8 8.8 0 1 0 0-17.6z';

export const MARKS: Record<State, Mark> = {
  available: { shape: 'M12 5a7 7 0 1 0 0 14a7 7 0 1 0 0-14z', sign: '', hollow: false },
  low: { shape: 'M12 2.6 22.6 21H1.4z', sign: 'M12 9.4v5M12 17.2v.9', hollow: false },
  empty: { shape: 'M4.2 3h15.6a1.2 1.2 0 0 1 1.2 1.2v15.6a1.2 1.2 0 0 1-1.2 1.2H4.2A1.2 1.2 0 0 1 3 19.8V4.2A1.2 1.2 0 0 1 4.2 3z', sign: 'M7.2 12h9.6', hollow: false },
  fault: { shape: 'M12 .8 23.2 12 12 23.2.8 12z', sign: 'M8.6 8.6l6.8 6.8M15.4 8.6l-6.8 6.8', hollow: false },
  silent: { shape: RING, sign: 'M9.4 9.8c.2-3.6 5.4-3.2 5.2-.2-.1 1.9-2.6 1.9-2.6 4.1M12 16.3v.7', hollow: true },
  catching_up: { shape: RING, sign: 'M12 16.8V8M8.6 11.2 12 7.6l3.4 3.6', hollow: true },
  unknown: { shape: RING, sign: 'M8.6 12h.4M11.8 12h.4M15 12h.4', hollow: true },
};

/** The order of states wherever they are listed: worst first. */
export const STATES: readonly State[] = [
  'empty', 'fault', 'silent', 'low', 'catching_up', 'unknown', 'available',
];

export function stateWord(state: State): string {
  switch (state) {
    case 'available': return t('In stock');
    case 'low': return t('Running low');
    case 'empty': return t('Empty');
    case 'fault': return t('Faulty');
    case 'silent': return t('Silent');
    case 'catching_up': return t('Catching up');
    case 'unknown': return t('Unknown');
  }
}

/** What a state means, for the legend and for tooltips. */
export function stateMeaning(state: State): string {
  switch (state) {
    case 'available': return t('enough of every item');
    case 'low': return t('at least one item is nearly out');
    case 'empty': return t('at least one item cannot be had');
    case 'fault': return t('the machine or a whole item is blocked');
    case 'silent': return t('not heard for too long; we cannot know');
    case 'catching_up': return t('uploading what it kept while offline');
    case 'unknown': return t('never heard from, or never counted');
  }
}
