// The map's colours by day and by night; the states come from the stylesheet so that both agree.
import { SHOWN, type Shown } from '../circle/standing';
import { STATES } from '../lib/marks';
import type { State } from '../lib/types';

export interface Palette {
  outside: string; land: string; boundary: string; water: string;
  main: string; local: string; path: string; casing: string; railway: string; railwayGap: string;
  community: string; staffed: string; label: string; waterLabel: string; labelQuiet: string; halo: string;
  accent: string; signInk: string; state: Record<State, string>;
  standing: Record<Shown, string>; dark: boolean;
}

const DAY = {
  outside: '#e6ebe9', land: '#f6f7f4', boundary: '#8fa39d', water: '#c5dcea',
  main: '#d3d6cf', local: '#e3e5df', path: '#e6e8e3', casing: '#f6f7f4',
  railway: '#aeb4b6', railwayGap: '#f6f7f4', community: '#6f9d93', staffed: '#6b7d78',
  label: '#3e4a47', waterLabel: '#3f6f8c', labelQuiet: '#6c7875', halo: '#f6f7f4', signInk: '#ffffff',
};
const NIGHT = {
  outside: '#0d1211', land: '#18201e', boundary: '#5d706b', water: '#1f3a4a',
  main: '#36423f', local: '#28322f', path: '#252e2c', casing: '#18201e',
  railway: '#5c6668', railwayGap: '#18201e', community: '#4f8d80', staffed: '#8b9b96',
  label: '#cdd8d4', waterLabel: '#7fb0cb', labelQuiet: '#94a39e', halo: '#18201e', signInk: '#0f1413',
};

export const nightQuery = matchMedia('(prefers-color-scheme: dark)');

export function palette(): Palette {
  const style = getComputedStyle(document.documentElement);
  const token = (name: string): string => style.getPropertyValue(name).trim();
  const state = Object.fromEntries(STATES.map((name) => [name, token(`--s-${name}`)]));
  const standing = Object.fromEntries(SHOWN.map((name) => [name, token(`--c-${name}`)]));
  return {
    ...(nightQuery.matches ? NIGHT : DAY),
    accent: token('--accent'),
    state: state as Record<State, string>,
    standing: standing as Record<Shown, string>,
    dark: nightQuery.matches,
  };
}
