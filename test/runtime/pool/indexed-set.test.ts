import { expect, test } from 'vitest';
import { IndexedSet, type SetMember } from '../../../runtime/src/pool/collections/indexed-set.js';

test('an indexed set holds what was added and not removed, whatever the order', () => {
  const set = new IndexedSet<SetMember>();
  const there = new Set<SetMember>();
  const members = Array.from({ length: 50 }, () => ({ place: -1 }));
  let seed = 7;
  for (let step = 0; step < 5_000; step += 1) {
    seed = (seed * 48_271) % 2_147_483_647;
    const member = members[seed % members.length]!;
    // One that is not there is removed, too.
    if (seed % 3 === 0 && !there.has(member)) {
      set.add(member);
      there.add(member);
    } else if (seed % 3 !== 0) {
      set.remove(member);
      there.delete(member);
    }
    if (set.size !== there.size) throw new Error(`step ${step}: ${set.size} instead of ${there.size}`);
    if (step % 100 === 0) expect(new Set(set.all())).toEqual(there);
  }
  set.clear();
  expect(set.all()).toEqual([]);
  expect(members.every(({ place }) => place === -1)).toBe(true);
});
