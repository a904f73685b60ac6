/** A count for this run: `--quick` measures a tenth of the work, the smoke test hardly any. */
export function sized(count, { scale = 1 }, least = 1) {
  return Math.max(least, Math.round(count * scale));
}

export function roundsOf({ rounds, scale = 1 }, usual) {
  if (rounds !== undefined) return rounds;
  if (scale >= 1) return usual;
  return scale >= 0.1 ? Math.min(usual, 3) : 1;
}
