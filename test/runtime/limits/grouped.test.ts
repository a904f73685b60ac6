import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterEach, describe, expect, test } from 'vitest';
import { type OwnGroup, ownGroup } from './own-groups.js';

const PROGRAM = fileURLToPath(new URL('./grouped.program.mjs', import.meta.url));
const MIB = 2 ** 20;

let group: OwnGroup | undefined;
afterEach(() => {
  group?.remove();
  group = undefined;
});

describe('a pool in a control group', () => {
  test.each([
    ['one processor', '100000', 1],
    ['half of one', '50000', 1],
    ['one and a half', '150000', 1],
    ['more than the machine has', '100000000', availableParallelism()],
  ])('has as many processes as the group around its own may use: %s', (_, quota, processes) => {
    const made = ownGroup({ cpu: { 'cpu.cfs_period_us': '100000', 'cpu.cfs_quota_us': quota } });
    if (typeof made === 'string') return console.warn(`skipped: ${made}`);
    group = made;
    expect(JSON.parse(group.run(PROGRAM))).toMatchObject({ processes });
  });

  test('takes an eighth of the memory that its group has, where that is less than it would take', () => {
    const made = ownGroup({ memory: { 'memory.limit_in_bytes': String(56 * MIB) } });
    if (typeof made === 'string') return console.warn(`skipped: ${made}`);
    group = made;
    expect(JSON.parse(group.run(PROGRAM))).toMatchObject({ segmentMib: 7 });
  });
});
