import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { inTime } from '../../../runtime/src/clock/in-time.js';
import { monotonicMs } from '../../../runtime/src/clock/monotonic-ms.js';
import { LONGEST_TIMER_MS } from '../../../runtime/src/clock/timers.js';
import { LeaseBook } from '../../../runtime/src/queues/engine/lease-book.js';

/** Node.js warns of a time that no timer can wait, and has it come at once. */
let warnings: Error[] = [];
const onWarning = (warning: Error) => warnings.push(warning);

beforeEach(() => {
  warnings = [];
  process.on('warning', onWarning);
});
afterEach(() => {
  process.off('warning', onWarning);
});

test('what ends in time ends as it ends', async () => {
  await expect(inTime(Promise.resolve(1), 1_000)).resolves.toBe(1);
  await expect(inTime(Promise.reject(new Error('broken')), 1_000)).rejects.toThrow('broken');
});

test('what does not is an error, of a kind that can be chosen', async () => {
  const never = new Promise(() => {});
  await expect(inTime(never, 1)).rejects.toThrow('it does not answer within 1 ms');
  await expect(inTime(never, 1, () => new RangeError('late'))).rejects.toThrow(RangeError);
});

test.each([Number.POSITIVE_INFINITY, LONGEST_TIMER_MS + 1])(
  '%d ms are no reason to give up at once',
  async (ms) => {
    await expect(inTime(sleep(20, 'there'), ms)).resolves.toBe('there');
    expect(warnings).toEqual([]);
  },
);

test('leases that are longer than any timer are kept', async () => {
  const ended: unknown[] = [];
  const book = new LeaseBook<undefined>((leases) => ended.push(...leases));
  const held = { id: '1', token: 'a', attempt: 1, receipt: undefined, limitKey: null };
  book.write('a', { held, until: monotonicMs() + LONGEST_TIMER_MS + 1_000_000 });
  await sleep(20);
  expect(book.read('a')?.held).toBe(held);
  expect(ended).toEqual([]);
  expect(warnings).toEqual([]);
  book.clear();
});
