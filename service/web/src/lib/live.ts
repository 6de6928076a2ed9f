// Follows the service's stream of changes, resumes after a break, and hands changes on in batches.
import { address } from './api';
import type { Coverage, Incident, KioskSummary, Progress } from './types';

const HAND_ON_MS = 120;
const AWAY_MS_MAX = 60_000;
const RETRY_MS_MIN = 1_000;
const RETRY_MS_MAX = 30_000;

export interface Listener {
  link(link: 'connecting' | 'live' | 'lost'): void;
  kiosks(rows: Map<string, KioskSummary>): void;
  incidents(rows: Map<number, Incident>): void;
  coverage(row: Coverage): void;
  progress(row: Progress): void;
  heard(): void;
  /** Too much may have passed for catching up change by change: read everything anew. */
  tooLongAway(): void;
}
export interface Follower { stop(): void }

export function follow(start: number, to: Listener): Follower {
  let after = start;
  let source: EventSource | null = null;
  let lostAt: number | null = null;
  let retryMs = RETRY_MS_MIN;
  let retryTimer = 0;
  let handTimer = 0;
  let kiosks = new Map<string, KioskSummary>();
  let incidents = new Map<number, Incident>();

  // A backlog brings thousands of changes: a kiosk is drawn once a batch, with its newest state.
  function handOn(): void {
    handTimer = 0;
    const [newKiosks, newIncidents] = [kiosks, incidents];
    kiosks = new Map();
    incidents = new Map();
    if (newIncidents.size) to.incidents(newIncidents);
    if (newKiosks.size) to.kiosks(newKiosks);
    to.heard();
  }

  function on<T>(name: string, take: (row: T) => void): void {
    source?.addEventListener(name, (event: MessageEvent<string>) => {
      after = Math.max(after, Number(event.lastEventId));
      take(JSON.parse(event.data) as T);
      handTimer ||= window.setTimeout(handOn, HAND_ON_MS);
    });
  }

  function opened(): void {
    const awayMs = lostAt === null ? 0 : Date.now() - lostAt;
    lostAt = null;
    retryMs = RETRY_MS_MIN;
    to.link('live');
    if (awayMs > AWAY_MS_MAX) to.tooLongAway();
  }

  function failed(): void {
    lostAt ??= Date.now();
    to.link('lost');
    // The browser retries a broken stream by itself, but gives up when the answer was a refusal.
    if (source?.readyState !== EventSource.CLOSED) return;
    retryTimer = window.setTimeout(connect, retryMs);
    retryMs = Math.min(RETRY_MS_MAX, retryMs * 2);
  }

  function connect(): void {
    source?.close();
    source = new EventSource(address(`changes?after=${after}`));
    source.onopen = opened;
    source.onerror = failed;
    // The service says so when it cannot tell all that was missed, or has another database by now.
    source.addEventListener('reset', () => {
      source?.close();
      retryTimer = window.setTimeout(() => to.tooLongAway(), RETRY_MS_MIN);
    });
    on<KioskSummary>('kiosk', (row) => kiosks.set(row.id, row));
    on<Incident>('incident', (row) => incidents.set(row.id, row));
    on<Coverage>('coverage', (row) => to.coverage(row));
    on<Progress>('progress', (row) => to.progress(row));
  }

  function backOnline(): void {
    clearTimeout(retryTimer);
    connect();
  }

  to.link('connecting');
  connect();
  addEventListener('online', backOnline);
  return {
    stop() {
      source?.close();
      clearTimeout(retryTimer);
      clearTimeout(handTimer);
      removeEventListener('online', backOnline);
    },
  };
}
