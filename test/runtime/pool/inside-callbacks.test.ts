import { beforeAll, describe, expect, test } from 'vitest';
import { names, sizes, tellEach } from '../../chaos/figures/g15.js';

/** `npm run chaos -- g15` makes every call in each callback, at more states of jobs: close, cancel, abort, run and map. */
describe('destroy called from inside', () => {
  let told: ReturnType<typeof tellEach>;
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
