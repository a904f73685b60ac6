import { type PoolOptions, type ProcessPool, RetryStrategy, SharedArray } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { seeded } from '../values/random-values.js';
import { Echo } from './jobs.worker.js';
import { digestOf, Meet, type Meeting } from './meeting.worker.js';
import { provePool } from './prove-pool.js';

const SMALL_MEMORY = 1024 * 1024;
const KIB = 1024;

async function proveSmall(
  options: PoolOptions,
  body: (pool: ProcessPool, arrived: SharedArray<'Int32Array'>) => Promise<void>,
): Promise<void> {
  using arrived = SharedArray.allocate('Int32Array', 1);
  await provePool(
    { processes: 2, concurrency: 128, memoryBytes: SMALL_MEMORY, killTimeoutMs: 100, ...options },
    (pool) => body(pool, arrived),
  );
}

function expectDigests(
  responses: readonly { ok: boolean; body?: unknown; error?: unknown }[],
  given: readonly Meeting[],
): void {
  expect(responses.map(({ ok, body, error }) => (ok ? (body as { digest: string }).digest : error))).toEqual(
    given.map(({ load }) => digestOf(load)),
  );
}

describe('while jobs wait, with little memory', () => {
  test('quick ones go on, as many as may run wait', () =>
    proveSmall({}, async (pool, arrived) => {
      const worker = new Meet();
      const waiting = [];
      const quick = Array.from({ length: 31 }, (_, at) => ({ load: `${at}`.repeat(500) }));
      for (let count = 1; count < 256; count += 1) {
        waiting.push(pool.run(worker, { arrived, goesOnAt: 256, load: 'w'.repeat(1_000) }));
        if (count % 4 === 0) expectDigests(await pool.map(worker, quick), quick);
      }
      waiting.push(pool.run(worker, { arrived, goesOnAt: 256, load: 'w'.repeat(1_000) }));
      expectDigests(await Promise.all(waiting), Array(256).fill({ load: 'w'.repeat(1_000) }));
    }));

  // Names and loads of jobs that all wait until the last one has begun.
  test.each<[string, unknown[]]>([
    ['1 KiB', Array(250).fill('a'.repeat(KIB))],
    ['just over half a page', Array(100).fill('b'.repeat(17 * KIB))],
    ['just over a page', Array(60).fill('c'.repeat(33 * KIB))],
    ['100 KiB', Array(40).fill(Buffer.alloc(100 * KIB, 3))],
    ['1 MiB', Array(12).fill(Buffer.alloc(1024 * KIB, 4))],
    [
      'all sizes',
      Array.from({ length: 90 }, (_, at) => Buffer.alloc([10, 40_000, 900, 700_000, 31_000, 5][at % 6]!, at)),
    ],
  ])('jobs of %s that wait for each other all run', (_name, loads) =>
    proveSmall({}, async (pool, arrived) => {
      const worker = new Meet();
      const given = loads.map((load) => ({ load, arrived, goesOnAt: loads.length }));
      expectDigests(await pool.map(worker, given), given);
    }),
  );

  test('large values that find no memory let small ones pass, and come to run', () =>
    proveSmall({}, async (pool, arrived) => {
      const worker = new Meet();
      // As much as may be large at once is more than two of these, and less than three.
      const load = Buffer.alloc(100 * KIB * KIB, 5);
      const large = Array.from({ length: 5 }, () => pool.run(worker, { load, arrived, goesOnAt: 12 }));
      const mixed = [
        { load, arrived, goesOnAt: 12 },
        ...Array(6).fill({ load: 'small', arrived, goesOnAt: 6 }),
      ];
      const call = pool.map(worker, mixed);
      const small = Array.from({ length: 4 }, () =>
        pool.run(worker, { load: 'small', arrived, goesOnAt: 6 }),
      );
      expectDigests(await Promise.all(small), Array(4).fill({ load: 'small' }));
      expectDigests(await Promise.all(large), Array(5).fill({ load }));
      expectDigests(await call, mixed);
    }));

  test('a call of large values that find no memory does not take all of its input', () =>
    proveSmall({}, async (pool, arrived) => {
      const worker = new Meet();
      const load = Buffer.alloc(100 * KIB * KIB, 6);
      let taken = 0;
      function* inputs(): Generator<Meeting> {
        for (; taken < 8; taken += 1) yield { load, arrived, goesOnAt: 3 };
      }
      const call = pool.map(worker, inputs());
      const small = await pool.map(worker, Array(20).fill({ load: 'small' }));
      expectDigests(small, Array(20).fill({ load: 'small' }));
      expect(taken).toBeLessThanOrEqual(4);
      await pool.run(worker, { arrived });
      expectDigests(await call, Array(8).fill({ load }));
    }));

  test('so do those that waited for another attempt with a state of their own', () =>
    proveSmall({}, async (pool, arrived) => {
      const worker = new Meet();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 3 });
      const loads = Array.from({ length: 60 }, (_, at) => Buffer.alloc(14_000 + 1_000 * at, at));
      const given = loads.map((load, at) => ({ load, arrived, goesOnAt: loads.length, failures: at % 3 }));
      const responses = await pool.map(worker, given);
      expectDigests(responses, given);
      expect(responses.map(({ body }) => body?.noted.length)).toEqual(given.map((_, at) => 200 * (at % 3)));
    }));
});

const SEED = Number(process.env.SEED ?? Date.now() % 1_000_000);

test(`whatever waits beside them, jobs get what they were given (seed ${SEED})`, () =>
  proveSmall({}, async (pool, arrived) => {
    const random = seeded(SEED);
    const worker = new Meet();
    worker.retryStrategy = new RetryStrategy({ maxRetries: 2 });
    const load = () => Buffer.alloc(Math.floor(random() ** 5 * 90_000), Math.floor(random() * 256));
    const waiting: Meeting[] = [];
    const responses: Promise<unknown>[] = [];
    for (let round = 0; round < 12; round += 1) {
      for (let count = 0; count < 10; count += 1) {
        const failures = random() < 0.2 ? 1 : 0;
        const meeting = { load: load(), arrived, goesOnAt: 120, failures };
        waiting.push(meeting);
        responses.push(pool.run(worker, meeting));
      }
      const quick = Array.from({ length: 60 }, () => ({ load: load(), failures: random() < 0.1 ? 1 : 0 }));
      expectDigests(await pool.map(worker, quick), quick);
      expect((await pool.map(new Echo(), ['x', 'y'])).map(({ body }) => body)).toEqual(['x', 'y']);
    }
    expectDigests((await Promise.all(responses)) as never, waiting);
  }));
