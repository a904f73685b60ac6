import { describe, expect, test } from 'vitest';

interface Figure {
  names: readonly string[];
  sizes: { smoke: object };
  run(wanted: object): Promise<{ cases: number; problems: string[] }>;
}

const FIGURE = new URL('../../chaos/figures/g15.mjs', import.meta.url).href;
const { names, sizes, run } = (await import(FIGURE)) as Figure;

/** Each callback has a program of its own; `npm run chaos -- g15` makes every call in each, at more states of jobs. */
describe('destroy, close, cancel, abort, run and map called from inside', () => {
  test.each(names)(
    '%s: every promise settles, nothing crashes, nothing is left',
    async (callback) => {
      const { cases, problems } = await run({ ...sizes.smoke, only: [callback] });
      expect(problems).toEqual([]);
      expect(cases).toBe(2);
    },
    240_000,
  );
});
