// The questions about policies, and what is told of them.
import { ask, change, query, tell } from '../lib/api';
import type { Hindsight, Policies, Policy, Scope, Wish } from './types';

export function policies(): Promise<Policies> {
  return ask<Policies>('policies');
}

/** What a policy would have done; nothing is kept. */
export function lookBack(wish: Wish): Promise<Hindsight> {
  return tell<Hindsight>('policies/preview', wish);
}

export function keep(wish: Wish): Promise<Policy> {
  return change<Policy>('PUT', 'policies', wish);
}

export function drop({ site_id, kind, item }: Scope): Promise<unknown> {
  return change<unknown>('DELETE', `policies${query({ site_id, kind, item })}`, {});
}
