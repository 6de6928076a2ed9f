// The words of the residents' page: few, without a framework, and nothing is kept on the phone.
import en from '../generated/where_en.json';
import zh from '../generated/where_zh_CN.json';

export type Language = 'zh' | 'en';
const CATALOGUES: Record<Language, Record<string, string>> = { zh, en };

function first(): Language {
  const asked = new URLSearchParams(location.search).get('lang') ?? navigator.language.toLowerCase();
  return asked.startsWith('en') ? 'en' : 'zh';
}

let current = first();

export function language(): Language {
  return current;
}

/** The other language, from now on; the address says so, for whoever loads the page again. */
export function turn(): void {
  current = current === 'zh' ? 'en' : 'zh';
  history.replaceState(null, '', `?lang=${current}`);
}

export function tag(): string {
  return current === 'zh' ? 'zh-CN' : 'en-GB';
}

export function t(key: string, values: Record<string, string | number> = {}): string {
  const text = CATALOGUES[current][key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole));
}

export function named(thing: { name_zh: string; name_en: string }): string {
  return (current === 'en' && thing.name_en) || thing.name_zh;
}
