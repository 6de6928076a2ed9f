// Asks who hears what and what was told; keeps what people decide.
import { ask, change, query, tell } from '../lib/api';
import type { Channel, Maintenance, Notice, NoticeFilter, Recipient, Subscription } from './types';

const NOTICES_A_PAGE = 100;

export interface People { recipients: Recipient[]; channels: Channel[]; subscriptions: Subscription[] }
export type Thing = 'recipients' | 'channels' | 'subscriptions' | 'maintenance';

export async function people(): Promise<People> {
  const [recipients, channels, subscriptions] = await Promise.all([
    ask<Recipient[]>('recipients'), ask<Channel[]>('channels'), ask<Subscription[]>('subscriptions'),
  ]);
  return { recipients, channels, subscriptions };
}

export function windows(): Promise<Maintenance[]> {
  return ask<Maintenance[]>('maintenance');
}

export async function notices(
  state: NoticeFilter, after: string | null,
): Promise<{ rows: Notice[]; next: string | null }> {
  const rows = await ask<Notice[]>(`notices${query({ state, after, limit: `${NOTICES_A_PAGE}` })}`);
  return { rows, next: rows.length < NOTICES_A_PAGE ? null : (rows.at(-1)?.id ?? null) };
}

export function keep(what: Thing, wish: object): Promise<{ id: number }> {
  return change<{ id: number }>('PUT', what, wish);
}

export function remove(what: Thing, id: number): Promise<{ removed: boolean }> {
  return change<{ removed: boolean }>('DELETE', `${what}/${id}`, {});
}

export function sendTest(channel: number): Promise<{ notice_id: string }> {
  return tell<{ notice_id: string }>(`channels/${channel}/test`, {});
}

export function retry(notice: string): Promise<{ notice_id: string }> {
  return tell<{ notice_id: string }>(`notices/${notice}/retry`, {});
}

export function endWindow(id: number): Promise<{ id: number }> {
  return tell<{ id: number }>(`maintenance/${id}/end`, {});
}
