import { ValueError } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Together } from '../../../runtime/src/pool/remote/together.js';

test('what comes alone is done at once, and what comes meanwhile with the next call', async () => {
  const calls: (readonly number[])[] = [];
  const ends: (() => void)[] = [];
  const together = new Together<number>((items) => {
    calls.push(items);
    return new Promise<void>((resolve) => ends.push(resolve));
  });
  const first = together.add(1);
  expect(calls).toEqual([[1]]);
  const others = Promise.all([together.add(2), together.add(3)]);
  ends[0]!();
  await first;
  await Promise.resolve();
  expect(calls).toEqual([[1], [2, 3]]);
  ends[1]!();
  await others;
});

test('what is refused for one item is told to that one alone, and a failure of the call to all', async () => {
  const done: number[] = [];
  let isAway = false;
  const together = new Together<number>(async (items) => {
    await null;
    if (isAway) throw new Error('away');
    if (items.includes(3)) throw new ValueError('value', 'cannot be sent');
    done.push(...items);
  });
  const outcomes = await Promise.allSettled([1, 2, 3, 4].map((item) => together.add(item)));
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
  expect(done).toEqual([1, 2, 4]);
  isAway = true;
  const failed = await Promise.allSettled([5, 6, 7].map((item) => together.add(item)));
  expect(failed.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
});
