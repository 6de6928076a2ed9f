// What was found: the nearest places that have it, each with its walk and its hours.
import type { Nearest, Outlet } from './ask';
import { h } from './dom';
import { hoursSaid, openSaid } from './hours';
import { named, t, tag } from './words';

export function results(found: Nearest, from: string): HTMLElement {
  const time = new Intl.DateTimeFormat(tag(), { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(new Date(found.at));
  if (!found.outlets.length) {
    return h('div', { class: 'none' },
      h('p', {}, t('Nowhere within walking distance has it at the moment.')),
      h('p', { class: 'quiet' }, t('Look again later, choose another item, or ask at a staffed point.')));
  }
  return h('div', {},
    h('p', { class: 'quiet' }, t('From {place}, as of {time}', { place: from, time })),
    h('ol', { class: 'found' }, ...found.outlets.map((one) => card(one, found))));
}

function card(one: Outlet, found: Nearest): HTMLElement {
  const metres = one.walk_m.toLocaleString(tag());
  return h('li', { 'data-testid': 'outlet', class: one.is_open ? '' : 'shut' },
    h('div', { class: 'walk' }, h('b', {}, String(one.walk_minutes)), h('span', {}, t('min walk'))),
    h('div', {},
      h('h3', {}, named(one)),
      h('p', { class: 'has' },
        h('span', { class: 'stock' }, t('In stock')), ' ',
        h('span', { class: one.is_open ? 'open' : 'closed' }, openSaid(one, found.at))),
      h('p', { class: 'quiet' }, found.is_estimate ? t('about {metres} m, estimate', { metres }) : t('{metres} m', { metres }), ' · ', hoursSaid(one.opening_hours))));
}
