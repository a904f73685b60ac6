/** Upper bounds of the bars of a histogram, in milliseconds: each is about 1.8 times the one before, 1 µs to 5.6 s. */
export const BAR_BOUNDS: readonly number[] = Array.from(
  { length: 28 },
  (_, step) => 0.001 * 10 ** (step / 4),
);

/** The bar that a time is counted in; the last one has all that are longer. */
export function barOf(ms: number): number {
  if (!(ms > BAR_BOUNDS[0]!)) return 0;
  return Math.min(BAR_BOUNDS.length - 1, Math.ceil(4 * Math.log10(ms / 0.001) - 1e-9));
}
