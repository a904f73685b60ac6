import type { BenchResult, Check, Goal, Row } from './benchmark.js';

/** What a benchmark has found. */
export interface Found {
  /** What was promised; the first is the one that the result is named by. */
  readonly goals: readonly Goal[];
  readonly rows: readonly Row[];
  readonly notes?: readonly string[];
}

/**
 * What a benchmark prints.
 * @returns `ok` when every goal is reached
 */
export function result(
  name: string,
  { goals, rows, ...more }: Found,
): BenchResult & { readonly checks: readonly Check[] } {
  const checks = goals.map(judge);
  const [first] = checks;
  if (first === undefined) throw new Error(`${name} must have a goal`);
  const { ratio, goal, sense } = first;
  return {
    name,
    ratio,
    goal,
    sense,
    ok: checks.every(({ ok }) => ok),
    checks,
    rows: rows.map((row) => ({ ...row, value: rounded(row.value) })),
    ...more,
  };
}

function judge({ against, ratio, goal, sense = 'at least' }: Goal): Check & Required<Goal> {
  const known = ratio !== null && Number.isFinite(ratio);
  const ok = known && (sense === 'at most' ? ratio <= goal : ratio >= goal);
  return { against, ratio: rounded(ratio), goal, sense, ok };
}

/** Four digits say all that a noisy machine can tell. */
export function rounded(value: number | null): number | null {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(4));
}

/** Wrong results make a benchmark worthless. */
export function mustBe(what: string, actual: unknown, expected: unknown): void {
  if (!Object.is(actual, expected)) throw new Error(`${what} must be ${expected}; received ${actual}`);
}
