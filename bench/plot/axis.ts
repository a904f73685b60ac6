export interface Axis {
  readonly ticks: readonly number[];
  /** Where a value is, from 0 to 1. */
  place(value: number): number;
}

/** A logarithmic axis from the decade (or octave) below the smallest value to that above the largest. */
export function logAxis(values: readonly number[], base = 10): Axis {
  const power = (value: number): number => Math.log(value) / Math.log(base);
  // Powers come out of logarithms a hair off.
  const from = Math.floor(power(Math.min(...values)) + 1e-9);
  const to = Math.max(from + 1, Math.ceil(power(Math.max(...values)) - 1e-9));
  const step = Math.ceil((to - from) / 8);
  const ticks: number[] = [];
  for (let exponent = from; exponent <= to; exponent += step) ticks.push(base ** exponent);
  return { ticks, place: (value) => (power(value) - from) / (to - from) };
}

/** A linear axis from 0. */
export function linearAxis(values: readonly number[]): Axis {
  const top = Math.max(...values) * 1.05;
  const rough = top / 5;
  const decade = 10 ** Math.floor(Math.log10(rough));
  const step = [1, 2, 5, 10].map((factor) => factor * decade).find((candidate) => candidate >= rough)!;
  const ticks: number[] = [];
  for (let at = 0; at <= top; at += step) ticks.push(at);
  return { ticks, place: (value) => value / top };
}
