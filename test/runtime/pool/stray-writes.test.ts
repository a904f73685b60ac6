import { type ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { divideMemory } from '../../../runtime/src/pool/parent/placing/memory-plan.js';
import {
  CHILD_BLOCK,
  JOB_SLOT,
  POOL_HEADER,
  SHARED_WORDS,
  SLOT_STATE,
} from '../../../runtime/src/pool/transport/layout.js';
import { PoolSegment } from '../../../runtime/src/pool/transport/pool-segment.js';
import { Echo, Later } from './jobs.worker.js';
import { provePool } from './prove-pool.js';
import { Rights, type Stray, Strays } from './stray-writes.worker.js';

const MEMORY_BYTES = 2 ** 20;
const OPTIONS = { processes: 2, spares: 1, memoryBytes: MEMORY_BYTES };
/** Where things lie in the segments of such pools. */
const segment = PoolSegment.create(divideMemory(MEMORY_BYTES, OPTIONS.processes, 1, OPTIONS.spares));
segment.close();
const { word, size } = segment;

/** Has a job write in its first attempt. */
function stray(pool: ProcessPool, at: number, words: readonly number[], maxRetries = 0, waitMs = 50) {
  const worker = new Strays();
  worker.retryStrategy = new RetryStrategy({ maxRetries });
  const args: Stray = { at, words, inAttempt: 1, waitMs };
  return pool.run(worker, args);
}

const SKIPPED = process.platform === 'linux' ? undefined : 'what a process has mapped is read from /proc';
if (SKIPPED) console.log(`not run: ${SKIPPED}`);

describe.skipIf(SKIPPED)('a job that writes where it should not', () => {
  test('can write a part of the segment alone, without what it is given and what others tell', () =>
    provePool(OPTIONS, async (pool) => {
      const { body } = await pool.run(new Rights(), 0);
      const shared = SHARED_WORDS.lengthBytes + size.slotCount * SLOT_STATE.lengthBytes;
      const page = 4_096 * 16;
      expect(body!.all).toBeGreaterThan(MEMORY_BYTES / 2);
      expect(body!.writable).toBeGreaterThanOrEqual(shared + size.ringBytes);
      expect(body!.writable).toBeLessThanOrEqual(shared + size.ringBytes + 3 * page);
    }));

  test('ends its own process with that where it cannot', () =>
    provePool(OPTIONS, async (pool) => {
      const { header, slots, order, arena } = word;
      const others = pool.map(new Echo(), [1, 2, 3]);
      const places = [header, POOL_HEADER.word.tail, slots + JOB_SLOT.word.payload, order, arena];
      for (const at of places) {
        const { ok, error, attempts } = await stray(pool, at, [-1]);
        expect([at, ok, error]).toMatchObject([
          at,
          false,
          { code: 'ERR_PROCESS_CRASHED', signal: 'SIGSEGV' },
        ]);
        expect(attempts).toHaveLength(1);
      }
      expect((await others).map(({ body }) => body)).toEqual([1, 2, 3]);
      expect(await stray(pool, 0, [-1], 1)).toMatchObject({ ok: true, body: 'well-behaved' });
    }));

  test.each([
    ['how far its ring is filled', CHILD_BLOCK.word.ringTail, 'an end 12'],
    ['which module it loads', CHILD_BLOCK.word.loading, '12345 where it says what it loads'],
  ])('in %s is ended, and tried again under its strategy', (_, at, problem) =>
    provePool({ ...OPTIONS, processes: 1 }, async (pool) => {
      const only = PoolSegment.create(divideMemory(MEMORY_BYTES, 1, 1));
      only.close();
      const place = only.blockOf(0) + at;
      // Whenever something is asked of the pool, it reads what there is.
      const others: Promise<unknown>[] = [];
      const asking = setInterval(() => others.push(pool.run(new Echo(), 'asked')), 20);
      try {
        expect(await stray(pool, place, [12_345], 0, 20_000)).toMatchObject({
          ok: false,
          exitCode: 137,
          error: { code: 'ERR_PROCESS_CORRUPT', message: expect.stringContaining(problem) },
        });
        expect(await stray(pool, place, [12_345], 1, 20_000)).toMatchObject({
          ok: true,
          body: 'well-behaved',
        });
      } finally {
        clearInterval(asking);
      }
      for (const other of others) expect(await other).toMatchObject({ ok: true, body: 'asked' });
    }),
  );

  test.each([
    ['zeros', 0],
    ['what ready slots without a use have', 1],
    ['ones', -1],
    ['any number', 0x5a_5a_5a_5a],
  ])('in what all share, as %s, costs no job its answer', (_, value) =>
    provePool(OPTIONS, async (pool) => {
      const words = new Array((SHARED_WORDS.lengthBytes + size.slotCount * SLOT_STATE.lengthBytes) / 4).fill(
        value,
      );
      const later = new Later();
      const held = pool.map(later, new Array(40).fill(20));
      const quick = pool.map(
        new Echo(),
        Array.from({ length: 400 }, (_value, index) => index),
      );
      const wrote = stray(pool, word.shared, words);
      expect((await quick).map(({ body }) => body)).toEqual(
        Array.from({ length: 400 }, (_v, index) => index),
      );
      expect((await held).filter(({ ok }) => !ok)).toEqual([]);
      expect(await wrote).toMatchObject({ ok: true, body: 'wrote' });
      expect((await pool.map(new Echo(), [1, 2, 3])).map(({ body }) => body)).toEqual([1, 2, 3]);
    }),
  );
});
