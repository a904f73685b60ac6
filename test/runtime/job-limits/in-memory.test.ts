import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type JobLimit, type PoolOptions, ProcessPool, RetryStrategy } from 'mproc-worker';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { Free, Limited, type LimitedArgs } from './limited.worker.mjs';
import { began, mostAtOnce, mostIn, notedIn } from './log.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-limits-'));
afterAll(() => rmSync(folder, { recursive: true }));

const byKey: JobLimit['key'] = (args) => (args as LimitedArgs).key;

describe.each([
  ['processes', { processes: 3 }],
  ['a process that runs several', { processes: 1, concurrency: 4 }],
  ['this process', { processes: 'inline', concurrency: 4 }],
] as const)('limits of a pool with %s', (name, options: PoolOptions) => {
  let tests = 0;
  let file = '';
  const pools: ProcessPool[] = [];
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.destroy();
  });

  function make(limit: Omit<JobLimit, 'worker'>, more: PoolOptions = {}) {
    tests += 1;
    file = join(folder, `${name}-${tests}`);
    const pool = new ProcessPool({ ...options, limits: [{ worker: Limited, ...limit }], ...more });
    pools.push(pool);
    const limited = Object.assign(new Limited(), { file });
    return { pool, limited, free: Object.assign(new Free(), { file: `${file}-free` }) };
  }

  /** Has the jobs end that wait for it. */
  const go = () => writeFileSync(`${file}-go`, '');
  const jobs = (key: string, count: number, more: Partial<LimitedArgs> = {}, from = 0) =>
    Array.from({ length: count }, (_, index) => ({ key, n: from + index, ms: 15, ...more }));

  test('of a key, no more run at once, in their order; of others, they go on', async () => {
    const { pool, limited } = make({ atOnce: 1, key: byKey });
    // All processes are there from here on, and none is still being started for 'b'.
    const first = ['x', 'y', 'z'].map((key) => pool.run(limited, { key, n: -1, does: 'wait' }));
    await until(() => began(file).length === 3);
    go();
    await Promise.all(first);
    rmSync(file);
    const calls = [
      pool.map(limited, [...jobs('a', 8), ...jobs('b', 8, {}, 100)]),
      ...jobs('a', 4, {}, 50).map((args) => pool.run(limited, args)),
    ];
    const responses = (await Promise.all(calls)).flat();
    expect(responses.every(({ ok }) => ok)).toBe(true);
    expect(mostAtOnce(file)).toEqual(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    );
    expect(began(file, 'b')).toEqual([100, 101, 102, 103, 104, 105, 106, 107]);
    expect(began(file, 'a').filter((n) => n < 50)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
    expect(began(file, 'a').filter((n) => n >= 50)).toEqual([50, 51, 52, 53]);
    // Neither waits for all of the other.
    const order = notedIn(file)
      .filter(({ what }) => what === 'began')
      .map(({ key }) => key);
    expect(order.slice(0, 4)).toContain('b');
  });

  test('jobs that wait hold no process: others run meanwhile', async () => {
    const { pool, limited, free } = make({ atOnce: 1 });
    const calls = [...jobs('', 1, { does: 'wait' }), ...jobs('', 11, {}, 1)].map((args) =>
      pool.run(limited, args),
    );
    await until(() => began(file).length === 1);
    expect(pool.stats()).toMatchObject({ outstanding: 12, running: 1, waiting: 11 });
    const others = await pool.map(free, jobs('', 20, { ms: 1 }));
    expect(others.every(({ ok }) => ok)).toBe(true);
    expect(began(file)).toEqual([0]);
    go();
    await Promise.all(calls);
    expect(mostAtOnce(file).get('')).toBe(1);
    expect(pool.stats()).toMatchObject({ outstanding: 0, waiting: 0 });
  });

  test('two at once are two, and no more', async () => {
    const { pool, limited } = make({ atOnce: 2 });
    const all = [...jobs('', 2, { does: 'wait' }), ...jobs('', 18, {}, 2)];
    const bothRun = until(() => began(file).length === 2).then(go);
    const responses = [];
    for await (const response of pool.imapUnordered(limited, all)) responses.push(response);
    await bothRun;
    expect(responses).toHaveLength(20);
    expect(mostAtOnce(file).get('')).toBe(2);
  });

  test('a higher priority begins first among those that wait', async () => {
    const { pool, limited } = make({ atOnce: 1 });
    const calls = [pool.run(limited, { key: '', n: 0, does: 'wait' })];
    await until(() => began(file).length === 1);
    calls.push(
      pool.run(limited, { key: '', n: 1 }),
      pool.run(limited, { key: '', n: 2 }, { priority: 1 }),
      pool.run(limited, { key: '', n: 3 }, { priority: -1 }),
      pool.run(limited, { key: '', n: 4 }, { priority: 1 }),
    );
    go();
    await Promise.all(calls);
    expect(began(file)).toEqual([0, 2, 4, 1, 3]);
  });

  test('no time of the rate has more starts than it allows, of whichever lengths', async () => {
    const { pool, limited } = make({ rate: { most: 3, perMs: 200 }, key: byKey });
    const lengths = [0, 5, 250, 1, 30, 0, 400, 0, 2, 10];
    const all = ['a', 'b'].flatMap((key) => lengths.map((ms, n) => ({ key, n, ms })));
    // A busy machine may begin fewer in some rounds, or keep a process from its first line for longer than is allowed for.
    for (let rounds = 1, most: number[] = []; most.join() !== '3,3'; rounds += 1) {
      rmSync(file, { force: true });
      const begunAt = performance.now();
      const responses = await pool.map(limited, all);
      const tookMs = performance.now() - begunAt;
      expect(responses.every(({ ok }) => ok)).toBe(true);
      // 10 of 3 in 200 ms take three times of waiting.
      expect(tookMs).toBeGreaterThan(595);
      most = ['a', 'b'].map((key) => mostIn(file, 200, key));
      if (rounds === 20) expect(most).toEqual([3, 3]);
    }
  });

  test('a retry that waits holds nothing, and counts as a start', async () => {
    const { pool, limited } = make({ atOnce: 1 });
    limited.retryStrategy = new RetryStrategy({
      maxRetries: 1,
      type: 'later',
      backoff: { type: 'fixed', delayMs: 3_000 },
    });
    const calls = [{ key: '', n: 0, does: 'fail once' as const }, ...jobs('', 3, {}, 1)].map((args) =>
      pool.run(limited, args),
    );
    const responses = await Promise.all(calls);
    expect(responses.every(({ ok }) => ok)).toBe(true);
    expect(began(file)).toEqual([0, 1, 2, 3, 0]);
    expect(mostAtOnce(file).get('')).toBe(1);
  });

  test('a retry at once is the next of its key', async () => {
    for (let rounds = 1, most = 0; most !== 2; rounds += 1) {
      const { pool, limited } = make({ atOnce: 1, rate: { most: 2, perMs: 150 } });
      limited.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'immediately' });
      const calls = [{ key: '', n: 0, does: 'fail once' as const }, ...jobs('', 3, {}, 1)].map((args) =>
        pool.run(limited, args),
      );
      await Promise.all(calls);
      expect(began(file)).toEqual([0, 0, 1, 2, 3]);
      most = mostIn(file, 150, '');
      if (rounds === 20) expect(most).toBe(2);
    }
  });

  test('what is canceled, aborted or expires while it waits is answered, and lets others by', async () => {
    const { pool, limited } = make({ atOnce: 1 });
    const first = pool.run(limited, { key: '', n: 0, ms: 2_000 });
    await until(() => began(file).length === 1);
    const abort = new AbortController();
    const canceled = pool.run(limited, { key: '', n: 1 });
    const aborted = pool.map(limited, jobs('', 5, {}, 2), { signal: abort.signal });
    const expired = pool.run(limited, { key: '', n: 8 }, { expiresAfterMs: 50 });
    const last = pool.run(limited, { key: '', n: 9 });
    expect(pool.cancel(canceled.jobId)).toBe(true);
    abort.abort();
    await expect(aborted).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(await canceled).toMatchObject({ ok: false, error: { code: 'ERR_JOB_CANCELED' } });
    expect(await expired).toMatchObject({ ok: false, error: { code: 'ERR_JOB_EXPIRED' } });
    expect((await first).ok && (await last).ok).toBe(true);
    expect(began(file)).toEqual([0, 9]);
  });

  test('one that is canceled while it runs holds its place until it has ended', async () => {
    const { pool, limited } = make({ atOnce: 1 }, { killTimeoutMs: 300 });
    const first = pool.run(limited, { key: '', n: 0, ms: 5_000 });
    await until(() => began(file).length === 1);
    const next = pool.run(limited, { key: '', n: 1 });
    pool.cancel(first.jobId);
    expect(await first).toMatchObject({ error: { code: 'ERR_JOB_CANCELED' } });
    expect((await next).ok).toBe(true);
    expect(notedIn(file).map(({ what, n }) => `${what} ${n}`)).toEqual([
      'began 0',
      'ended 0',
      'began 1',
      'ended 1',
    ]);
  });

  test('a class that is paused and resumed keeps to its limit', async () => {
    const { pool, limited } = make({ atOnce: 1, key: byKey });
    const keys = ['a', 'b'];
    const first = keys.flatMap((key) => jobs(key, 1, { does: 'wait' }));
    const more = keys.flatMap((key) => jobs(key, 3, {}, 1));
    const calls = [...first, ...more].map((args) => pool.run(limited, args));
    await until(() => began(file).length === 2);
    await pool.pause(Limited);
    go();
    await Promise.all(calls.slice(0, 2));
    await sleep(60);
    expect(began(file)).toEqual([0, 0]);
    await pool.resume(Limited);
    expect((await Promise.all(calls)).every(({ ok }) => ok)).toBe(true);
    expect(mostAtOnce(file)).toEqual(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    );
  });

  test('a key that throws or is no text costs its own job alone', async () => {
    const { pool, limited } = make({
      atOnce: 1,
      key: (args) => {
        const { n } = args as LimitedArgs;
        if (n === 1) throw new TypeError('no key');
        return (n === 2 ? 7 : 'a') as string;
      },
    });
    const responses = await pool.map(limited, jobs('a', 4));
    expect(responses.map(({ ok }) => ok)).toEqual([true, false, false, true]);
    expect(responses[1]!.error).toMatchObject({ name: 'TypeError', message: 'no key' });
    expect(responses[2]!.error).toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining('it gave 7'),
    });
    expect(await pool.run(limited, { key: 'a', n: 1 })).toMatchObject({
      ok: false,
      error: { message: 'no key' },
    });
  });

  test('when the pool is destroyed, all that wait are answered', async () => {
    const { pool, limited } = make({ atOnce: 1, rate: { most: 1, perMs: 60_000 } });
    const calls: Promise<unknown>[] = [pool.map(limited, jobs('', 5))];
    await until(() => began(file).length === 1);
    calls.push(pool.run(limited, { key: '', n: 9 }));
    const settled = Promise.allSettled(calls);
    await pool.destroy();
    expect((await settled).map(({ status }) => status)).toEqual(['rejected', 'rejected']);
  });
});

describe('limits of processes that die', () => {
  test('a job that kills its process, and one that is stopped for its time, give their places back', async () => {
    const file = join(folder, 'dies');
    const pool = new ProcessPool({
      processes: 2,
      limits: [{ worker: Limited, atOnce: 1 }],
      killTimeoutMs: 200,
    });
    const limited = Object.assign(new Limited(), { file });
    const died = pool.run(limited, { key: '', n: 0, does: 'die' });
    const late = pool.run(limited, { key: '', n: 1, ms: 30_000, does: 'busy' }, { timeoutMs: 100 });
    const last = pool.map(
      limited,
      [2, 3, 4].map((n) => ({ key: '', n })),
    );
    expect(await died).toMatchObject({ ok: false, error: { code: 'ERR_PROCESS_CRASHED' } });
    expect(await late).toMatchObject({ ok: false, error: { code: 'ERR_JOB_TIMEOUT' } });
    const answeredAt = Number(process.hrtime.bigint()) / 1e6;
    expect((await last).every(({ ok }) => ok)).toBe(true);
    // The busy one was killed 200 ms after it was answered, and held its place so long.
    const next = notedIn(file).find(({ n }) => n === 2)!;
    expect(next.at - answeredAt).toBeGreaterThan(100);
    await pool.close();
  });
});

describe('options of limits', () => {
  const refused: readonly [string, unknown, string][] = [
    ['no array', { worker: Limited, atOnce: 1 }, 'option limits must be an array'],
    ['an unknown option', [{ worker: Limited, atonce: 1 }], 'did you mean atOnce?'],
    ['no worker', [{ atOnce: 1 }], 'a pool runs'],
    ['neither', [{ worker: Limited }], 'neither atOnce nor rate'],
    ['0 at once', [{ worker: Limited, atOnce: 0 }], 'option atOnce must be a whole number'],
    ['half a job', [{ worker: Limited, atOnce: 1.5 }], 'option atOnce must be a whole number'],
    [
      'a rate of nothing',
      [{ worker: Limited, rate: { most: 0, perMs: 1 } }],
      'option most must be a whole number',
    ],
    ['a rate in no time', [{ worker: Limited, rate: { most: 1, perMs: 0 } }], 'option perMs must be'],
    ['a rate that is none', [{ worker: Limited, rate: 5 }], 'a rate takes an object of options'],
    [
      'a key that is no function',
      [{ worker: Limited, atOnce: 1, key: 'a' }],
      'option key must be a function',
    ],
    [
      'two of one class',
      [
        { worker: Limited, atOnce: 1 },
        { worker: Limited, atOnce: 2 },
      ],
      'two limits of Limited',
    ],
  ];
  test.each(refused)('%s is refused', (_what, limits, message) => {
    const make = () => new ProcessPool({ processes: 1, limits: limits as JobLimit[] });
    expect(make).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(message) }),
    );
  });
});
