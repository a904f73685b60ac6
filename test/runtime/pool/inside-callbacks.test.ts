import { describe, expect, test } from 'vitest';

interface Figure {
  names: readonly string[];
  run(wanted: { rounds: number; only: readonly string[] }): Promise<{ cases: number; problems: string[] }>;
}

const FIGURE = new URL('../../chaos/figures/g15.mjs', import.meta.url).href;
const { names, run } = (await import(FIGURE)) as Figure;

/** Each callback has a program of its own, which makes every call at one state of a job, another for each. */
describe('destroy, close, cancel, abort, run and map called from inside', () => {
  test.each(names)(
    '%s: every promise settles, nothing crashes, nothing is left',
    async (callback) => {
      const { cases, problems } = await run({ rounds: 1, only: [callback] });
      expect(problems).toEqual([]);
      expect(cases).toBeGreaterThan(0);
    },
    240_000,
  );
});
