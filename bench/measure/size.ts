import type { BenchOptions } from './benchmark.js';

/** A count for this run: `--quick` measures a tenth of the work, the smoke test hardly any. */
export function sized(count: number, { scale = 1 }: BenchOptions, least = 1): number {
  return Math.max(least, Math.round(count * scale));
}

export function roundsOf({ rounds, scale = 1 }: BenchOptions, usual: number): number {
  if (rounds !== undefined) return rounds;
  if (scale >= 1) return usual;
  return scale >= 0.1 ? Math.min(usual, 3) : 1;
}
