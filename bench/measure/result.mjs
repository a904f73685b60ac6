/**
 * What a benchmark prints.
 * @param goals what was promised, as `{ against, ratio, goal, sense }`; the first is the one that the result is named by
 * @returns `ok` when every goal is reached
 */
export function result(name, { goals, rows, ...more }) {
  const checks = goals.map(judge);
  const { ratio, goal, sense } = checks[0];
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

function judge({ against, ratio, goal, sense = 'at least' }) {
  const known = ratio !== null && Number.isFinite(ratio);
  const ok = known && (sense === 'at most' ? ratio <= goal : ratio >= goal);
  return { against, ratio: rounded(ratio), goal, sense, ok };
}

/** Four digits say all that a noisy machine can tell. */
export function rounded(value) {
  return value === null || !Number.isFinite(value) ? null : Number(value.toPrecision(4));
}

/** Wrong results make a benchmark worthless. */
export function mustBe(what, actual, expected) {
  if (!Object.is(actual, expected)) throw new Error(`${what} must be ${expected}; received ${actual}`);
}
