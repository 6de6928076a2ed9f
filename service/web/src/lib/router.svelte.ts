// Where the visitor is, kept in the address's hash so that every view can be linked.
export type Page = 'map' | 'circle' | 'totals' | 'incidents' | 'rounds' | 'notices' | 'quality' | 'import';
const PAGES: readonly Page[] = ['map', 'circle', 'totals', 'incidents', 'rounds', 'notices', 'quality', 'import'];
/** Where a page of an earlier release stands now: old links still lead there. */
const MOVED: Record<string, string> = {
  quarantine: 'quality?see=quarantine', alerts: 'incidents',
};

interface Place { page: Page; params: URLSearchParams }

function read(): Place {
  const place = location.hash.replace(/^#\/?/, '');
  const [path = '', search = ''] = (MOVED[place] ?? place).split('?');
  const page = PAGES.find((name) => name === path) ?? 'map';
  return { page, params: new URLSearchParams(search) };
}

export function hrefOf(page: Page, params: Record<string, string | null> = {}): string {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) if (value) search.set(name, value);
  const text = search.toString();
  return `#/${page}${text ? `?${text}` : ''}`;
}

class Router {
  place = $state.raw<Place>(read());

  constructor() {
    addEventListener('hashchange', () => (this.place = read()));
  }

  get page(): Page {
    return this.place.page;
  }

  param(name: string): string | null {
    return this.place.params.get(name);
  }

  go(page: Page, params: Record<string, string | null> = {}): void {
    location.hash = hrefOf(page, params);
  }

  /** Changes some parameters of this page; `quietly` leaves no step in the history (typing). */
  set(changes: Record<string, string | null>, quietly = false): void {
    const params = { ...Object.fromEntries(this.place.params), ...changes };
    const href = hrefOf(this.page, params);
    if (href === location.hash) return;
    if (!quietly) {
      location.hash = href;
      return;
    }
    history.replaceState(null, '', href);
    this.place = read();
  }
}

export const router = new Router();
