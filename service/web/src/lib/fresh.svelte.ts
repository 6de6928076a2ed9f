// How what is shown stays fresh while changes come.
import { untrack } from 'svelte';
import { store } from './store.svelte';

const READ_AGAIN_MS = 10_000;

/** Reads now, and again while changes come: soon, but never in a rush, and not while out of sight. */
export function keepFresh(read: () => Promise<void>): void {
  let readAt = 0;
  let isHidden = $state(document.hidden);
  function again(): void {
    readAt = Date.now();
    void untrack(read);
  }
  $effect(() => {
    const look = (): void => void (isHidden = document.hidden);
    document.addEventListener('visibilitychange', look);
    return () => document.removeEventListener('visibilitychange', look);
  });
  $effect(() => {
    void store.changedAt;
    if (readAt && isHidden) return;
    const waitMs = readAt + READ_AGAIN_MS - Date.now();
    if (waitMs <= 0) return again();
    const timer = window.setTimeout(again, waitMs);
    return () => clearTimeout(timer);
  });
}
