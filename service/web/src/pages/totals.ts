// The columns of the monthly totals: what each says, and which facts are behind it.
import { packs, units } from '../lib/say';
import { number } from '../lib/format';
import type { Fact, TotalsRow } from '../lib/types';
import { t } from '../lib/words.svelte';

export type Figure =
  | 'dispensed_packs' | 'dispensed_units' | 'empty_asks' | 'jams' | 'refused'
  | 'restocked_packs' | 'removed_packs';

export interface Column {
  figure: Figure;
  word(): string;
  show(row: TotalsRow): string;
  /** What one fact adds to the figure; 0 when it is not behind it. */
  counts(fact: Fact): number;
}

const times = (outcome: string) => (fact: Fact): number =>
  Number(fact.kind === 'dispense' && fact.outcome === outcome);
const taken = times('dispensed');

function moved(field: 'packs_added' | 'packs_removed') {
  return (fact: Fact): number => {
    if (fact.kind !== 'restock') return 0;
    const value = fact.data[field];
    return typeof value === 'number' ? value : 0;
  };
}

export const COLUMNS: readonly Column[] = [
  {
    figure: 'dispensed_packs', word: () => t('Given out, packs'),
    show: (row) => packs(row.dispensed_packs, row.item),
    counts: (fact) => taken(fact) * (fact.packs ?? 0),
  },
  {
    figure: 'dispensed_units', word: () => t('Given out, units'),
    show: (row) => units(row.dispensed_units, row.item),
    counts: (fact) => taken(fact) * (fact.units ?? 0),
  },
  {
    figure: 'empty_asks', word: () => t('Asked in vain'),
    show: (row) => number(row.empty_asks), counts: times('empty'),
  },
  { figure: 'jams', word: () => t('Jams'), show: (row) => number(row.jams), counts: times('jammed') },
  {
    figure: 'refused', word: () => t('Refusals'),
    show: (row) => number(row.refused), counts: times('refused'),
  },
  {
    figure: 'restocked_packs', word: () => t('Put in, packs'),
    show: (row) => packs(row.restocked_packs, row.item), counts: moved('packs_added'),
  },
  {
    figure: 'removed_packs', word: () => t('Removed, packs'),
    show: (row) => packs(row.removed_packs, row.item), counts: moved('packs_removed'),
  },
];

export function columnOf(figure: string | undefined): Column | undefined {
  return COLUMNS.find((column) => column.figure === figure);
}

/** Adds up rows of one item. Never call it with two: units of different items do not add. */
export function sumOf(rows: TotalsRow[], name: string): TotalsRow | null {
  const [first] = rows;
  if (!first) return null;
  const total = { ...first, key: '', name_zh: name, name_en: name };
  for (const { figure } of COLUMNS) total[figure] = rows.reduce((sum, row) => sum + row[figure], 0);
  return total;
}
