import { expect, test } from 'vitest';
import { Turn } from '../../../runtime/src/pool/remote/turn.js';

function turns(count: number): Turn[] {
  const made: Turn[] = [];
  for (let n = 0; n < count; n += 1) made.push(new Turn(made.at(-1)));
  return made;
}

test('jobs go in line in the order in which they were reserved, whichever is ready first', async () => {
  const order: number[] = [];
  const made = turns(5);
  const goIn = async (n: number) => {
    await made[n]!.come();
    order.push(n);
    made[n]!.end();
  };
  const going = [4, 2, 3, 1].map(goIn);
  expect(made[0]!.isNow).toBe(true);
  expect(made[1]!.isNow).toBe(false);
  await goIn(0);
  await Promise.all(going);
  expect(order).toEqual([0, 1, 2, 3, 4]);
});

test('one that goes away before its turn holds up none after it, and lets none of these pass those before it', async () => {
  const [first, second, third] = turns(3) as [Turn, Turn, Turn];
  second.end();
  expect(third.isNow).toBe(false);
  let hasCome = false;
  const coming = third.come().then(() => {
    hasCome = true;
  });
  await new Promise(setImmediate);
  expect(hasCome).toBe(false);
  first.end();
  await coming;
  expect(third.isNow).toBe(true);
});
