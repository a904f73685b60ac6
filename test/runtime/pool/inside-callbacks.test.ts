import { beforeAll, describe, expect, test } from 'vitest';

interface Told {
  readonly callback: string;
  readonly cases: number;
  readonly problems: readonly string[];
}

interface Figure {
  names: readonly string[];
  sizes: { smoke: object };
  tellEach(size: object): Promise<readonly Told[]>;
}

const FIGURE = new URL('../../chaos/figures/g15.mjs', import.meta.url).href;
const { names, sizes, tellEach } = (await import(FIGURE)) as Figure;

/** `npm run chaos -- g15` makes every call in each callback, at more states of jobs: close, cancel, abort, run and map. */
describe('destroy called from inside', () => {
  let told: ReturnType<Figure['tellEach']>;
  beforeAll(() => {
    told = tellEach(sizes.smoke);
    told.catch(() => {});
  });

  test.each(names)('%s: every promise settles, nothing crashes, nothing is left', async (name) => {
    const { cases, problems } = (await told).find(({ callback }) => callback === name)!;
    expect(problems).toEqual([]);
    expect(cases).toBe(1);
  });
});
