import { expect, test } from 'vitest';
import { type Member, Roster } from '../../../runtime/src/pool/parent/roster.js';

test('a roster holds what was added and not removed, whatever the order', () => {
  const roster = new Roster<Member>();
  const there = new Set<Member>();
  const members = Array.from({ length: 50 }, () => ({ place: -1 }));
  let seed = 7;
  for (let step = 0; step < 5_000; step += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    const member = members[seed % members.length]!;
    // One that is not there is removed, too.
    if (seed % 3 === 0 && !there.has(member)) {
      roster.add(member);
      there.add(member);
    } else if (seed % 3 !== 0) {
      roster.remove(member);
      there.delete(member);
    }
    if (roster.size !== there.size) throw new Error(`step ${step}: ${roster.size} instead of ${there.size}`);
    if (step % 100 === 0) expect(new Set(roster.all())).toEqual(there);
  }
  roster.clear();
  expect(roster.all()).toEqual([]);
  expect(members.every(({ place }) => place === -1)).toBe(true);
});
