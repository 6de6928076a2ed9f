// Words of policies.
import { number, percent } from '../lib/format';
import { itemName, siteKind } from '../lib/say';
import { store } from '../lib/store.svelte';
import { named, t } from '../lib/words.svelte';
import type { Figures, Policy } from './types';

export function presetWord(name: string): string {
  switch (name) {
    case 'county': return t('County norm, 1 to 4 months');
    case 'township': return t('Township norm, 1 to 2 months');
    case 'village': return t('Village norm, 0 to 1 month');
    default: return t('For a kiosk: by the chance to run out');
  }
}

export function scopeWord({ site_id, kind, item }: Policy): string {
  const site = store.sites.find((one) => one.id === site_id);
  const where = site_id ? named(site) || site_id : kind ? siteKind(kind) : t('All sites');
  return `${where} · ${item ? itemName(item) : t('all items')}`;
}

export function ruleWord({ method, min_months, max_months, risk, lead_days, review_days }: Figures): string {
  const when = method === 'min_max'
    ? t('{min} to {max} months of stock', { min: number(min_months), max: number(max_months) })
    : t('chance to run out at most {risk}, up to {max} months of stock', { risk: percent(risk), max: number(max_months) });
  return `${when}${t(', ')}${t('looked at every {review} days, delivered after {lead}', { review: review_days, lead: lead_days })}`;
}
