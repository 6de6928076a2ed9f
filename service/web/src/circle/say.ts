// Says a share, and how it was walked.
import { number, percent } from '../lib/format';
import type { Coverage } from '../lib/types';
import { t } from '../lib/words.svelte';

const SAME_SHARE = 0.0005;

/** A share from low to high; one figure where both are the same. */
export function shareSaid(low: number, high: number, people: number): string {
  const [least, most] = [low, high].map((count) => count / (people || 1)) as [number, number];
  return most - least < SAME_SHARE ? percent(least) : `${percent(least)} – ${percent(most)}`;
}

/** People from low to high, in one word where both are the same. */
export function peopleSaid(low: number, high: number = low): string {
  const people = low === high ? number(low) : `${number(low)} – ${number(high)}`;
  return t('{people} people', { people });
}

/** The detour factor that a coverage's method names: "straight_line_x1.4" → 1.4. */
export function detourOf(method: string | undefined): number {
  return Number(/x([\d.]+)$/.exec(method ?? '')?.[1]) || 1;
}

/** Limit, speed and way of a walk, which stand beside every figure. */
export function walkSaid(coverage: Pick<Coverage, 'limit_m' | 'walk_kmh' | 'method' | 'estimate'> | null): string {
  const limit = number(coverage?.limit_m ?? 1000);
  const kmh = number(coverage?.walk_kmh ?? 4);
  return coverage?.estimate === false
    ? t('{limit} m along streets at {kmh} km/h', { limit, kmh })
    : t('{limit} m at {kmh} km/h, straight line × {factor}', { limit, kmh, factor: detourOf(coverage?.method) });
}
