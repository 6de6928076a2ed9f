// The words of the page in the chosen language, from the gettext catalogues that build.py compiles.
import en from '../generated/en.json';
import zh from '../generated/zh_CN.json';

export type Language = 'zh' | 'en';
type Catalogue = Record<string, string | string[]>;
type Values = Record<string, string | number>;

const CATALOGUES: Record<Language, Catalogue> = { zh, en };
const KEPT_AS = 'circle15.language';

function first(): Language {
  const kept = localStorage.getItem(KEPT_AS);
  if (kept === 'zh' || kept === 'en') return kept;
  return navigator.language.toLowerCase().startsWith('en') ? 'en' : 'zh';
}

class Chosen {
  current = $state<Language>(first());

  get tag(): string {
    return this.current === 'zh' ? 'zh-CN' : 'en-GB';
  }

  choose(language: Language): void {
    this.current = language;
    localStorage.setItem(KEPT_AS, language);
  }
}

export const lang = new Chosen();

function fill(text: string, values: Values | undefined): string {
  if (!values) return text;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

/** The text of a key in the chosen language. */
export function t(key: string, values?: Values): string {
  const text = CATALOGUES[lang.current][key];
  return fill(typeof text === 'string' ? text : key, values);
}

/** The text of a counted thing; {n} must be among the values, already written for people. */
export function tn(one: string, many: string, count: number, values: Values): string {
  const forms = CATALOGUES[lang.current][one];
  if (!Array.isArray(forms)) return fill(count === 1 ? one : many, values);
  const form = lang.current === 'zh' || count === 1 ? forms[0] : forms[1];
  return fill(form ?? many, values);
}

/** Picks name_zh or name_en (or any other pair) of a thing. */
export function named(thing: object | null | undefined, stem = 'name'): string {
  const both = thing as Record<string, string | null> | null | undefined;
  return both?.[`${stem}_${lang.current}`] || both?.[`${stem}_zh`] || '';
}
