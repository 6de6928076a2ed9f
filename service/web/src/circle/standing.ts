// How a community stands for an item: the classes that are shown, in words and in order.
import type { ItemCoverage } from '../lib/types';
import { t } from '../lib/words.svelte';

export type Shown = 'covered' | 'perhaps' | 'closed' | 'stock' | 'machine' | 'never';
/** From the nearest to a pick-up to the farthest. */
export const SHOWN: readonly Shown[] = ['covered', 'perhaps', 'closed', 'stock', 'machine', 'never'];
export type PeopleBy = Record<Shown, number>;

/** What the service calls a standing or a cause, as it is shown. */
const SHOWN_AS: Record<string, Shown> = {
  in_stock: 'covered', covered: 'covered',
  stock_unknown: 'perhaps', unknown: 'perhaps', perhaps: 'perhaps',
  closed: 'closed', empty: 'stock', stock: 'stock', machine: 'machine', never: 'never',
};

export function shownAs(standing: string): Shown {
  return SHOWN_AS[standing] ?? 'perhaps';
}

/** The people of an item's figures by class; together they are everybody. */
export function peopleBy(one: ItemCoverage): PeopleBy {
  return {
    covered: one.people_in_stock_low, perhaps: one.people_unknown, closed: one.people_closed,
    stock: one.people_stock, machine: one.people_machine, never: one.people_never,
  };
}

export function standingWord(shown: Shown): string {
  switch (shown) {
    case 'covered': return t('Covered');
    case 'perhaps': return t('Perhaps');
    case 'closed': return t('Closed now');
    case 'stock': return t('Out of stock');
    case 'machine': return t('Machine down');
    case 'never': return t('Never served');
  }
}

export function standingMeaning(shown: Shown): string {
  switch (shown) {
    case 'covered': return t('open, working and in stock within the walk');
    case 'perhaps': return t('what is in reach has not been heard of, or nobody reports what it has');
    case 'closed': return t('what is in reach is shut at this hour');
    case 'stock': return t('what is in reach is out of the item');
    case 'machine': return t('what is in reach is out of order');
    case 'never': return t('nothing in reach carries the item');
  }
}
