// Rows that are read part by part, and how what is shown stays fresh while changes come.
import { untrack } from 'svelte';
import { type Trouble, troubleOf } from '../lib/api';
import { store } from '../lib/store.svelte';
import type { Part } from './ask';

const READ_AGAIN_MS = 10_000;

export class Rows<Row> {
  rows = $state.raw<Row[] | null>(null);
  next = $state<string | null>(null);
  reading = $state(false);
  trouble = $state.raw<Trouble | null>(null);
  private asked = 0;
  private turned = false;

  constructor(private readonly ask: (cursor: string | null) => Promise<Part<Row>>) {}

  /** Reads from the beginning; what is shown stays until the answer is there. */
  read = (): Promise<void> => this.take(null, []);
  more = (): Promise<void> => this.take(this.next, this.rows ?? []);

  /** Reads anew unless somebody has turned pages: a list must not shrink under a reader. */
  refresh = async (): Promise<void> => {
    if (!this.turned) await this.read();
  };

  private async take(cursor: string | null, before: Row[]): Promise<void> {
    const mine = ++this.asked;
    this.reading = true;
    try {
      const part = await this.ask(cursor);
      if (mine !== this.asked) return; // Something else was chosen meanwhile.
      this.rows = [...before, ...part.rows];
      this.next = part.next;
      this.turned = cursor !== null;
      this.trouble = null;
    } catch (cause) {
      if (mine === this.asked) this.trouble = troubleOf(cause);
    }
    if (mine === this.asked) this.reading = false;
  }
}

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
