// Where can I get it now? A page for residents: no login, no tracking, nothing kept.
import '../styles/tokens.css';
import './where.css';
import { type Item, items, type Nearest, nearest, NoAnswer, type Place, places } from './ask';
import { h } from './dom';
import { here } from './here';
import { results } from './results';
import { language, named, t, tag, turn } from './words';

const TYPED_MS = 250;
interface From { lon: number; lat: number; place: Place | null }

const root = document.getElementById('where');
if (!root) throw new Error('where.html has no #where to put the page into');
let known: Item[] = [];
let item = '';
let from: From | null = null;
let found: Nearest | null = null;
let asked = 0;
let timer = 0;

const suggestions = h('ul', { class: 'suggestions', 'aria-live': 'polite' });
const answer = h('section', { class: 'answer', 'aria-live': 'polite', 'data-testid': 'answer' });

/** Runs a question; only the newest is answered, and a failure is said where the answer would stand. */
async function run(question: () => Promise<void>): Promise<void> {
  const mine = ++asked;
  answer.replaceChildren(h('p', { class: 'quiet' }, t('Looking')));
  try {
    await question();
  } catch (cause) {
    if (!(cause instanceof NoAnswer)) throw cause;
    if (mine !== asked) return;
    found = null;
    answer.replaceChildren(h('p', { class: 'trouble', role: 'alert' }, cause.message),
      ...(from ? [h('button', { class: 'button', onclick: () => void look() }, t('Try again'))] : []));
    return;
  }
  if (mine === asked) show();
}

function look(): Promise<void> {
  return run(async () => {
    if (from && item) found = await nearest(item, from.lon, from.lat);
  });
}

function show(): void {
  if (found && from) answer.replaceChildren(results(found, from.place ? named(from.place) : t('where you are')));
  else answer.replaceChildren();
}

function useHere(): void {
  suggestions.replaceChildren();
  void run(async () => {
    from = { ...(await here()), place: null };
    if (item) found = await nearest(item, from.lon, from.lat);
  });
}

function choose(place: Place, field: HTMLInputElement): void {
  from = { lon: place.lon, lat: place.lat, place };
  field.value = named(place);
  suggestions.replaceChildren();
  void look();
}

async function suggest(field: HTMLInputElement): Promise<void> {
  const text = field.value.trim();
  if (!text) return suggestions.replaceChildren();
  let rows: Place[];
  try {
    rows = await places(text);
  } catch (cause) {
    if (!(cause instanceof NoAnswer)) throw cause;
    return suggestions.replaceChildren(h('li', { class: 'trouble' }, cause.message));
  }
  if (field.value.trim() !== text) return;
  suggestions.replaceChildren(...rows.map((row) =>
    h('li', {}, h('button', { type: 'button', 'data-testid': 'place', onclick: () => choose(row, field) },
      named(row), ' ', h('small', {}, language() === 'en' ? row.town_en : row.town_zh)))));
  if (!rows.length) suggestions.replaceChildren(h('li', { class: 'quiet' }, t('No community has this name.')));
}

function chips(): HTMLElement {
  const one = (row: Item): HTMLElement =>
    h('label', { class: 'chip' },
      h('input', {
        type: 'radio', name: 'item', value: row.code, checked: row.code === item,
        onchange: () => {
          item = row.code;
          if (from) void look();
        },
      }),
      h('span', {}, named(row)));
  return h('fieldset', {}, h('legend', {}, t('What do you need?')), h('div', { class: 'chips' }, ...known.map(one)));
}

function draw(): void {
  document.documentElement.lang = tag();
  document.title = t('Where can I get it now?');
  const field: HTMLInputElement = h('input', {
    class: 'field', type: 'search', autocomplete: 'off', maxlength: '40', 'aria-label': t('Name of a community'),
    placeholder: t('or the name of a community'), value: from?.place ? named(from.place) : '',
    oninput: () => {
      clearTimeout(timer);
      timer = window.setTimeout(() => void suggest(field), TYPED_MS);
    },
  });
  suggestions.replaceChildren();
  root?.replaceChildren(
    h('header', {}, h('h1', {}, t('Where can I get it now?')),
      h('button', { class: 'language', lang: language() === 'zh' ? 'en' : 'zh-CN', onclick: () => { turn(); draw(); } }, language() === 'zh' ? 'English' : '中文')),
    h('p', { class: 'quiet' }, t('Free of charge, without a name, at the places below.')),
    chips(),
    h('fieldset', {}, h('legend', {}, t('Where are you?')),
      h('div', { class: 'from' }, h('button', { class: 'button first', type: 'button', onclick: useHere, 'data-testid': 'here' }, t('Use my position')), field),
      suggestions),
    answer,
    h('footer', { class: 'quiet' }, t('Where you are is used for this one answer and kept nowhere.')),
  );
  show();
}

async function start(): Promise<void> {
  try {
    known = await items();
    item = known[0]?.code ?? '';
  } catch (cause) {
    if (!(cause instanceof NoAnswer)) throw cause;
    draw();
    answer.replaceChildren(h('p', { class: 'trouble', role: 'alert' }, cause.message),
      h('button', { class: 'button', onclick: () => void start() }, t('Try again')));
    return;
  }
  draw();
}
void start();
