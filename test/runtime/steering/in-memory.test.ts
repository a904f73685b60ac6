import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { type PoolOptions, ProcessPool, RetryStrategy } from 'mproc-worker';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { Gated } from '../remote/gated.worker.mjs';
import { type Noted, notedIn } from '../remote/hosts.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-steering-'));
afterAll(() => rmSync(folder, { recursive: true }));

describe.each([
  ['a process', { processes: 1 }],
  ['this process', { processes: 'inline' }],
] as const)('jobs with steering in %s', (_name, options: PoolOptions) => {
  let tests = 0;
  let file = '';
  const pools: ProcessPool[] = [];
  afterEach(async () => {
    for (const pool of pools.splice(0)) await pool.destroy();
  });

  function make(more: PoolOptions = {}): { pool: ProcessPool; gated: Gated } {
    tests += 1;
    file = join(folder, `${options.processes}-${tests}`);
    const pool = new ProcessPool({ ...options, ...more });
    pools.push(pool);
    return { pool, gated: Object.assign(new Gated(), { file }) };
  }

  const gate = () => `${file}-gate`;
  const open = () => writeFileSync(gate(), '');
  const numbersOf = (what: Noted['what']) =>
    notedIn(file)
      .filter((noted) => noted.what === what)
      .map(({ n }) => n);

  test('a higher priority begins first, and the same in the order in which they came', async () => {
    const { pool, gated } = make();
    const first = pool.run(gated, { n: 0, gate: gate() });
    await until(() => numbersOf('began').length === 1);
    const rest = [
      pool.run(gated, { n: 1 }),
      pool.run(gated, { n: 2 }, { priority: 1 }),
      pool.run(gated, { n: 3 }, { priority: 5 }),
      pool.run(gated, { n: 4 }, { priority: 5 }),
      pool.run(gated, { n: 5 }, { priority: -5 }),
      pool.run(gated, { n: 6 }, { priority: 1_000_000 }),
      pool.run(gated, { n: 7 }),
    ];
    await sleep(20);
    rest.push(pool.run(gated, { n: 8 }, { priority: 6 }), pool.run(gated, { n: 9 }, { priority: -4 }));
    await sleep(20);
    expect(pool.stats()).toMatchObject({ outstanding: 10, running: 1, waiting: 9 });
    open();
    await Promise.all([first, ...rest]);
    expect(numbersOf('began')).toEqual([0, 6, 8, 3, 4, 2, 1, 7, 9, 5]);
  });

  test('jobs of map go before and behind others, too', async () => {
    const { pool, gated } = make();
    const running = pool.run(gated, { n: 0, gate: gate() });
    await until(() => numbersOf('began').length === 1);
    const calls = [
      pool.map(gated, [{ n: 1 }, { n: 2 }], { priority: -1 }),
      pool.map(gated, [{ n: 3 }, { n: 4 }]),
      pool.map(gated, [{ n: 5 }, { n: 6 }], { priority: 2 }),
    ];
    const iterated: unknown[] = [];
    const iterate = async () => {
      for await (const { body } of pool.imap(gated, [{ n: 7 }, { n: 8 }], { priority: 3 }))
        iterated.push(body);
    };
    const iterating = iterate();
    // The parent places them in its next turns.
    await sleep(50);
    open();
    await Promise.all([running, iterating, ...calls]);
    expect(iterated).toEqual([7, 8]);
    expect(numbersOf('began').at(0)).toBe(0);
    const began = numbersOf('began').slice(1);
    expect(began.slice(-2)).toEqual([1, 2]);
    expect(began.indexOf(5)).toBeLessThan(began.indexOf(3));
    expect([...began].sort()).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
  });

  test('a job begins when its delay is over, and counts as delayed until then', async () => {
    const { pool, gated } = make();
    const before = Date.now();
    const later = pool.run(gated, { n: 1 }, { delayMs: 300 });
    const at = pool.map(gated, [{ n: 2 }], { at: new Date(before + 300) });
    expect(pool.stats().delayed).toBe(2);
    const passed = await pool.run(gated, { n: 3 }, { at: before - 1 });
    expect(passed.body).toBe(3);
    const [one, [two]] = await Promise.all([later, at]);
    expect(Date.now() - before).toBeGreaterThanOrEqual(299);
    expect([one.body, two?.body]).toEqual([1, 2]);
    // What it waited for the clock is no waiting for a process.
    expect(one.attempts[0]?.queuedMs).toBeLessThanOrEqual(Date.now() - before - 290);
    expect(pool.stats()).toMatchObject({ delayed: 0, outstanding: 0 });
  });

  test('close waits for what is delayed, and destroy does not', async () => {
    const { pool, gated } = make();
    const later = pool.run(gated, { n: 1 }, { delayMs: 100 });
    const iterator = pool.map(gated, [{ n: 2 }], { delayMs: 100 });
    await pool.close();
    expect((await later).body).toBe(1);
    expect((await iterator)[0]?.body).toBe(2);
    const other = make();
    const never = other.pool.run(other.gated, { n: 3 }, { delayMs: 1e9 });
    const neither = other.pool.map(other.gated, [{ n: 4 }], { delayMs: 1e9 });
    const settled = Promise.allSettled([never, neither]);
    await other.pool.destroy();
    const reason = expect.objectContaining({ code: 'ERR_POOL_CLOSED' });
    expect(await settled).toEqual(Array(2).fill({ status: 'rejected', reason }));
  });

  test('a job that is delayed is canceled, and its call aborted', async () => {
    const { pool, gated } = make();
    const later = pool.run(gated, { n: 1 }, { delayMs: 1e9 });
    expect(pool.cancel(later.jobId)).toBe(true);
    expect((await later).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    const aborting = new AbortController();
    const calls = [
      pool.run(gated, { n: 2 }, { delayMs: 1e9, signal: aborting.signal }),
      pool.map(gated, [{ n: 3 }], { delayMs: 1e9, signal: aborting.signal }),
      pool.map(gated, [{ n: 4 }], { priority: 3, delayMs: 1e9, signal: aborting.signal }),
    ];
    aborting.abort();
    for (const call of calls) await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(pool.stats()).toMatchObject({ outstanding: 0, delayed: 0, waiting: 0 });
  });

  test('a job that nobody has begun in time is answered at once and never begun, one that runs goes on', async () => {
    const { pool, gated } = make();
    await pool.run(gated, { n: -1 });
    const until5s = Date.now() + 5_100;
    const running = pool.run(gated, { n: 0, gate: gate() }, { expiresAfterMs: 5_000 });
    await until(() => numbersOf('began').includes(0));
    const late = [
      pool.run(gated, { n: 1 }, { expiresAfterMs: 100 }),
      pool.run(gated, { n: 2 }, { expiresAfterMs: 100, priority: 2 }),
      pool.run(gated, { n: 3 }, { expiresAfterMs: 100, priority: -2 }),
      pool.run(gated, { n: 4 }, { expiresAfterMs: 100, delayMs: 90 }),
    ];
    const many = pool.map(gated, [{ n: 5 }, { n: 6 }], { expiresAfterMs: 100 });
    const responses = [...(await Promise.all(late)), ...(await many)];
    expect(responses.map(({ error }) => (error as { code?: string }).code)).toEqual(
      Array(6).fill('ERR_JOB_EXPIRED'),
    );
    expect(responses[0]).toMatchObject({ exitCode: 1, attempts: [] });
    expect(responses[0]?.error?.message).toMatch(/^job \S+ was not begun within 100 ms, and will not be$/);
    expect(numbersOf('began')).toEqual([-1, 0]);
    await until(() => Date.now() > until5s);
    open();
    expect((await running).body).toBe(0);
    expect((await pool.run(gated, { n: 7 })).body).toBe(7);
    expect(numbersOf('began')).toEqual([-1, 0, 7]);
  });

  test('what an asynchronous input gives too late is answered as expired', async () => {
    const { pool, gated } = make();
    async function* input() {
      yield { n: 1 };
      await sleep(200);
      yield { n: 2 };
    }
    const [first, second] = await pool.map(gated, input(), { expiresAfterMs: 150 });
    expect(second?.error).toMatchObject({ code: 'ERR_JOB_EXPIRED', expiresAfterMs: 150 });
    expect(first?.body ?? (first?.error as { code?: string } | undefined)?.code).toSatisfy((one) =>
      [1, 'ERR_JOB_EXPIRED'].includes(one as never),
    );
    expect(numbersOf('began')).not.toContain(2);
  });

  test('calls with the same key share the job that waits or runs, and its answer', async () => {
    const { pool, gated } = make({ concurrency: 3 });
    const first = pool.run(gated, { n: 1, gate: gate() }, { dedupeKey: 'a' });
    const waiting = pool.run(gated, { n: 2, gate: gate() }, { dedupeKey: 'b' });
    const same = pool.run(gated, { n: 3 }, { dedupeKey: 'a' });
    const many = pool.map(gated, [{ n: 4 }, { n: 5 }, { n: 6 }], {
      dedupeKey: ({ n }) => (n === 6 ? undefined : n === 5 ? 'b' : 'c'),
    });
    await until(() => numbersOf('ended').includes(6));
    open();
    expect([(await first).body, (await same).body, (await waiting).body]).toEqual([1, 1, 2]);
    expect((await many).map(({ body, index }) => [index, body])).toEqual([
      [0, 4],
      [1, 2],
      [2, 6],
    ]);
    expect((await same).jobId).toBe(same.jobId);
    expect((await same).attempts).toEqual((await first).attempts);
    expect(numbersOf('began').sort()).toEqual([1, 2, 4, 6]);
    // It was answered: the key is free.
    expect((await pool.run(gated, { n: 8 }, { dedupeKey: 'a' })).body).toBe(8);
    expect(pool.stats()).toMatchObject({ outstanding: 0, succeeded: 7, failed: 0 });
  });

  test('a failure is shared, too', async () => {
    const { pool, gated } = make();
    gated.retryStrategy = new RetryStrategy({
      maxRetries: 1,
      type: 'later',
      backoff: { type: 'fixed', delayMs: 10 },
    });
    const both = [
      pool.run(gated, { n: 1, does: 'throw' }, { dedupeKey: 'a', priority: 1 }),
      pool.run(gated, { n: 2 }, { dedupeKey: 'a' }),
    ];
    const [one, two] = await Promise.all(both);
    expect(one?.error).toBeInstanceOf(RangeError);
    expect(two?.error).toBe(one?.error);
    expect(two?.attempts).toHaveLength(2);
    expect(numbersOf('began')).toEqual([1, 1]);
  });

  test('where a call is called off, the next one with the key runs in its place', async () => {
    const { pool, gated } = make();
    const running = pool.run(gated, { n: 0, gate: gate() });
    await until(() => numbersOf('began').length === 1);
    const aborting = new AbortController();
    const first = pool.run(gated, { n: 1 }, { dedupeKey: 'a', signal: aborting.signal });
    const second = pool.run(gated, { n: 2 }, { dedupeKey: 'a' });
    const third = pool.run(gated, { n: 3 }, { dedupeKey: 'a' });
    const fourth = pool.run(gated, { n: 4 }, { dedupeKey: 'a' });
    aborting.abort();
    await expect(first).rejects.toMatchObject({ code: 'ABORT_ERR' });
    expect(pool.cancel(third.jobId)).toBe(true);
    expect((await third).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    expect(pool.cancel(second.jobId)).toBe(true);
    expect((await second).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    open();
    expect((await fourth).body).toBe(4);
    await running;
    expect(numbersOf('began')).toEqual([0, 4]);
  });

  test('wrong and contradictory options get one line', async () => {
    const { pool, gated } = make();
    const args = { n: 1 };
    const wrong: [object, RegExp][] = [
      [{ priority: 1.5 }, /^option priority must be a whole number from -1,000,000 to 1,000,000/],
      [{ priority: '1' }, /received 1$/],
      [{ priority: null }, /received null$/],
      [{ priority: 1_000_001 }, /received 1000001$/],
      [{ delayMs: -1 }, /^option delayMs must be a number of milliseconds, 0 or more/],
      [{ delayMs: Number.POSITIVE_INFINITY }, /received Infinity$/],
      [{ at: 'tomorrow' }, /^option at must be a Date or milliseconds since 1970; received tomorrow$/],
      [{ at: new Date('x') }, /received a Date that is none$/],
      [{ at: Date.now(), delayMs: 1 }, /^options delayMs and at both say when/],
      [{ expiresAfterMs: 0 }, /^option expiresAfterMs must be a number of milliseconds, above 0/],
      [
        { expiresAfterMs: 10, delayMs: 10 },
        /^option expiresAfterMs \(10\) must be longer than the job has to wait \(10 ms by delayMs\)/,
      ],
      [{ dedupeKey: '' }, /^option dedupeKey must be a text that is not empty; received ""$/],
      [{ dedupeKey: 7 }, /received 7$/],
    ];
    for (const [options, message] of wrong)
      await expect(pool.run(gated, args, options)).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: expect.stringMatching(message),
      });
    await expect(pool.map(gated, [args], { dedupeKey: 'a' as never })).rejects.toThrow(
      /a function \(args, index\) => key/,
    );
    await expect(pool.map(gated, [args], { dedupeKey: () => 5 as never })).rejects.toThrow(/must be a text/);
    await expect(
      pool.map(gated, [args], {
        dedupeKey: () => {
          throw new RangeError('mine');
        },
      }),
    ).rejects.toThrow('mine');
    await expect(pool.map(gated, [args], { prioirty: 1 } as object)).rejects.toThrow(/did you mean priority/);
    expect(() => pool.imap(gated, [args], { delayMs: -1 })).toThrow(/delayMs/);
    expect(notedIn(file)).toEqual([]);
  });
});

describe('priorities in several processes', () => {
  test('go before a flood of others, whatever lies in memory', async () => {
    const file = join(folder, 'flood');
    await using pool = new ProcessPool({ processes: 2 });
    const gated = Object.assign(new Gated(), { file });
    const gate = `${file}-gate`;
    const busy = [pool.run(gated, { n: -1, gate }), pool.run(gated, { n: -2, gate })];
    await until(() => notedIn(file).length === 2);
    const flood = pool.map(
      gated,
      Array.from({ length: 5_000 }, (_, n) => ({ n })),
    );
    await sleep(50);
    const first = pool.map(
      gated,
      Array.from({ length: 20 }, (_, n) => ({ n: 10_000 + n })),
      { priority: 1 },
    );
    const last = pool.run(gated, { n: 20_000 }, { priority: -1 });
    // The parent places them in its next turns.
    await sleep(50);
    writeFileSync(gate, '');
    await Promise.all([...busy, flood, first, last]);
    const began = notedIn(file)
      .filter(({ what }) => what === 'began')
      .map(({ n }) => n);
    expect(began).toHaveLength(5_023);
    // A process takes its next job while the parent hears of the last one.
    const places = first.then((all) => all.map(({ body }) => began.indexOf(body!)));
    expect(Math.max(...(await places))).toBeLessThan(1_000);
    expect(began.indexOf(20_000)).toBeGreaterThan(5_000);
  });
});
