// Shows what a file would do, takes it in, and lists those that were.
import { ask, query, send } from '../lib/api';
import type { Imported, Report, Wish } from './types';

const SHOWN = '50';

/** What a file would do; nothing is kept. */
export function preview(wish: Wish): Promise<Report> {
  return exchange(wish, true);
}

export function takeIn(wish: Wish): Promise<Report> {
  return exchange(wish, false);
}

export function imported(): Promise<Imported[]> {
  return ask<Imported[]>(`imports${query({ limit: SHOWN })}`);
}

function exchange({ kind, crs, file, replace }: Wish, dryRun: boolean): Promise<Report> {
  const how = { crs, file_name: file.name, replace: replace ? 'true' : null, dry_run: dryRun ? 'true' : null };
  return send<Report>(`imports/${kind}${query(how)}`, file);
}
