import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type JobLimit, type PoolOptions, ProcessPool, type Queue, RetryStrategy } from 'mproc-worker';
import { afterAll, afterEach, describe, expect, test } from 'vitest';
import { endProgram, until } from '../pool/prove-pool.js';
import { ENGINES, leftOut, type RunningEngine, startEngine } from '../remote/engines.js';
import { Free, Limited, type LimitedArgs } from './limited.worker.mjs';
import { began, mostAtOnce, mostIn, type Noted, notedIn } from './log.js';

const HOST = fileURLToPath(new URL('./host.mjs', import.meta.url));
/** Engines that keep limits among all hosts. */
const SHARED = ['shared-memory', 'sqlite', 'postgres', 'redis'];
/** Of these, those whose jobs can wait for others. */
const JOINING = SHARED.filter((name) => name !== 'shared-memory');
const ALONE = ENGINES.filter((name) => !SHARED.includes(name));
/** A host that a busy machine keeps waiting for most of it loses its jobs to the other one. */
const LEASE_MS = 6_000;
const byKey: JobLimit['key'] = (args) => (args as LimitedArgs).key;

describe.each(ENGINES)('limits over %s', (name) => {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-limits-'));
  const hosts: ChildProcess[] = [];
  const pools: ProcessPool[] = [];
  const queues: Queue<unknown>[] = [];
  let engine!: RunningEngine;
  let tests = 0;
  let space = '';
  let file = '';

  afterEach(async () => {
    for (const host of hosts.splice(0)) await endProgram(host);
    for (const pool of pools.splice(0)) await pool.destroy();
    for (const queue of queues.splice(0)) await queue.destroy();
  });
  afterAll(async () => {
    await engine?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  async function begin(context: { skip: (note: string) => void }, able?: readonly string[]): Promise<void> {
    tests += 1;
    const why = leftOut(name, tests, able);
    if (why !== undefined) context.skip(why);
    engine ??= await startEngine(name);
    if (engine.missing !== undefined) context.skip(engine.missing);
    space = `limits-${process.pid}-${name}-${tests}`;
    file = join(folder, String(tests));
    for (const kind of ['jobs.Limited', 'jobs.Free', 'control'])
      queues.push(
        engine.queuesOf(space)(kind, { leaseMs: LEASE_MS, maxAttempts: 5, isSmall: kind === 'control' }),
      );
  }

  async function host(
    limit: Omit<JobLimit, 'worker'>,
    options: PoolOptions = {},
    lateMs = 0,
  ): Promise<ChildProcess> {
    const words = {
      module: engine.module,
      space,
      limit,
      lateMs,
      options: { leaseMs: LEASE_MS, maxAttempts: 5, ...options },
    };
    const program = spawn(process.execPath, [HOST, JSON.stringify(words)], {
      env: engine.env,
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    hosts.push(program);
    await once(program.stdout!, 'data');
    return program;
  }

  function caller(limit?: Omit<JobLimit, 'worker'>): ProcessPool {
    const limits = limit && { limits: [{ worker: Limited, key: byKey!, ...limit }] };
    const options = {
      processes: 0,
      queues: engine.queuesOf(space),
      leaseMs: LEASE_MS,
      maxAttempts: 5,
      ...limits,
    };
    const pool = new ProcessPool(options);
    pools.push(pool);
    return pool;
  }

  const limited = () => Object.assign(new Limited(), { file });
  const free = () => Object.assign(new Free(), { file: `${file}-free` });
  const jobs = (key: string, count: number, more: Partial<LimitedArgs> = {}, from = 0) =>
    Array.from({ length: count }, (_, index) => ({ key, n: from + index, ms: 20, ...more }));

  test('two hosts run the jobs of a key one after another, in their order, and others meanwhile', async (context) => {
    await begin(context, SHARED);
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    const pool = caller({ atOnce: 1 });
    const calls = [
      pool.map(limited(), [...jobs('a', 12), ...jobs('b', 6, {}, 100)]),
      pool.map(free(), jobs('', 10)),
    ];
    await Promise.all([host({ atOnce: 1 }), host({ atOnce: 1 })]);
    const responses = (await Promise.all(calls)).flat();
    expect(responses.filter(({ ok }) => !ok)).toEqual([]);
    expect(mostAtOnce(file)).toEqual(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    );
    expect(began(file, 'a')).toEqual(jobs('a', 12).map(({ n }) => n));
    expect(began(file, 'b')).toEqual(jobs('b', 6, {}, 100).map(({ n }) => n));
    // Those of another key have not waited for all that came before.
    expect(began(file).indexOf(100)).toBeLessThan(6);
  });

  test('jobs of a caller that knows no limits keep to those of the hosts', async (context) => {
    await begin(context);
    const pool = caller();
    const one = await host({ atOnce: 2 });
    const ids = await Promise.all(jobs('a', 10, { ms: 100 }).map((args) => pool.submit(limited(), args)));
    expect(new Set(ids).size).toBe(10);
    await until(() => notedIn(file).filter(({ what }) => what === 'ended').length === 10);
    expect(mostAtOnce(file).get('a')).toBe(2);
    await endProgram(one);
  });

  test('when a host is killed that held places of a key, they come back, and nobody has more', async (context) => {
    await begin(context, SHARED);
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    const pool = caller({ atOnce: 2 });
    const [first, second] = await Promise.all([host({ atOnce: 2 }), host({ atOnce: 2 })]);
    const calls = pool.map(limited(), jobs('a', 8, { ms: 1_000 }));
    await until(() => notedIn(file).length >= 6);
    const before = notedIn(file).length;
    await endProgram(first);
    const killedAt = Number(process.hrtime.bigint()) / 1e6;
    expect((await calls).filter(({ ok }) => !ok)).toEqual([]);
    expect(notedIn(file).length).toBeGreaterThan(before);
    const dead = (noted: Noted) => (noted.at <= killedAt ? killedAt : Infinity);
    expect(mostAtOnce(file, dead).get('a')).toBe(2);
    await endProgram(second);
  });

  test('of two hosts, no time of a rate has more starts than it allows', async (context) => {
    await begin(context, SHARED);
    if (name === 'shared-memory') return context.skip("a rate is each host's own");
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    const limit = { rate: { most: 3, perMs: 400 } };
    const pool = caller(limit);
    const lengths = [0, 5, 700, 1, 30, 0, 10, 0, 2];
    const call = () =>
      pool.map(
        limited(),
        lengths.map((ms, n) => ({ key: 'a', n, ms })),
      );
    const first = call();
    await Promise.all([host(limit), host(limit)]);
    expect((await first).filter(({ ok }) => !ok)).toEqual([]);
    // A busy machine may begin fewer, a few times.
    for (let more = 9; more > 0 && mostIn(file, 400, 'a') < 3; more -= 1) await call();
    expect(mostIn(file, 400, 'a')).toBe(3);
  });

  test('hosts whose clocks differ keep to a limit together', async (context) => {
    await begin(context, SHARED);
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    if (name === 'sqlite') return context.skip('its hosts are programs of one machine, which has one clock');
    const rate = { most: 2, perMs: 300 };
    const limit = name === 'shared-memory' ? { atOnce: 1 } : { atOnce: 1, rate };
    const pool = caller(limit);
    const calls = pool.map(limited(), jobs('a', 9));
    await Promise.all([host(limit, {}, 60_000), host(limit, {}, -60_000)]);
    expect((await calls).filter(({ ok }) => !ok)).toEqual([]);
    expect(mostAtOnce(file).get('a')).toBe(1);
    expect(began(file, 'a')).toEqual(jobs('a', 9).map(({ n }) => n));
    if (name !== 'shared-memory') expect(mostIn(file, rate.perMs, 'a')).toBeLessThanOrEqual(rate.most);
  });

  test('a class that is paused keeps to its limit when it is resumed', async (context) => {
    await begin(context, SHARED);
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    const pool = caller({ atOnce: 1 });
    await Promise.all([host({ atOnce: 1 }), host({ atOnce: 1 })]);
    const calls = pool.map(limited(), [{ key: 'a', n: 0, does: 'wait' as const }, ...jobs('a', 5, {}, 1)]);
    await until(() => began(file).length === 1);
    await pool.pause(Limited);
    writeFileSync(`${file}-go`, '');
    await until(() => notedIn(file)[1]?.what === 'ended');
    await pool.resume(Limited);
    expect((await calls).filter(({ ok }) => !ok)).toEqual([]);
    expect(mostAtOnce(file).get('a')).toBe(1);
    expect(began(file, 'a')).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test('one that is canceled never begins, and one that is stopped for its time has ended before the next begins', async (context) => {
    await begin(context, SHARED);
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    const pool = caller({ atOnce: 1 });
    await Promise.all([host({ atOnce: 1 }), host({ atOnce: 1 })]);
    const [first, second, third] = jobs('a', 3, { ms: 600_000 });
    const running = pool.run(limited(), { ...first!, does: 'end late' }, { timeoutMs: 700 });
    await until(() => began(file).length === 1);
    const waiting = pool.run(limited(), second!);
    const last = pool.run(limited(), { ...third!, ms: 0 });
    expect(await pool.cancel(waiting.jobId)).toBe(true);
    expect(await waiting).toMatchObject({ ok: false, error: { code: 'ERR_JOB_CANCELED' } });
    expect(await running).toMatchObject({ ok: false, error: { code: 'ERR_JOB_TIMEOUT' } });
    expect(await last).toMatchObject({ ok: true, body: 2 });
    expect(notedIn(file).map(({ what, n }) => `${what} ${n}`)).toEqual([
      'began 0',
      'ended 0',
      'began 2',
      'ended 2',
    ]);
  });

  test('a host that is destroyed waits for no job that was stopped', async (context) => {
    await begin(context, SHARED);
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    const own = new ProcessPool({
      processes: 1,
      queues: engine.queuesOf(space),
      leaseMs: LEASE_MS,
      limits: [{ worker: Limited, key: byKey!, atOnce: 1 }],
      killTimeoutMs: 600_000,
    });
    pools.push(own);
    const working = own.work([Limited]);
    const [stopped] = jobs('a', 1, { ms: 600_000, does: 'busy' });
    expect(await caller().run(limited(), stopped!, { timeoutMs: 300 })).toMatchObject({
      error: { code: 'ERR_JOB_TIMEOUT' },
    });
    await own.destroy();
    await working;
  });

  test.for([
    ['whose caller knows the limit', { atOnce: 1 }],
    ['whose caller does not', undefined],
  ] as const)('jobs that wait for others keep to it when they may begin, %s', async ([, known], context) => {
    await begin(context, JOINING);
    if (!JOINING.includes(name)) return context.skip('the engine has no jobs that wait for others');
    const pool = caller(known);
    const first = await pool.submit(free(), { key: '', n: 0, does: 'wait' });
    await Promise.all(jobs('a', 6).map((args) => pool.submit(limited(), args, { after: [first] })));
    await Promise.all([host({ atOnce: 1 }), host({ atOnce: 1 })]);
    await until(() => notedIn(`${file}-free`).length === 1);
    expect(notedIn(file)).toEqual([]);
    writeFileSync(`${file}-free-go`, '');
    await until(() => notedIn(file).filter(({ what }) => what === 'ended').length === 6);
    expect(mostAtOnce(file).get('a')).toBe(1);
  });

  test('a retry that waits holds nothing, and is not passed by for ever', async (context) => {
    await begin(context, SHARED);
    if (!SHARED.includes(name)) return context.skip('the engine keeps no limits among hosts');
    const pool = caller({ atOnce: 1 });
    const worker = limited();
    worker.retryStrategy = new RetryStrategy({
      maxRetries: 1,
      type: 'later',
      backoff: { type: 'fixed', delayMs: 300 },
    });
    const all = [{ key: 'a', n: 0, does: 'fail once' as const }, ...jobs('a', 60, { ms: 40 }, 1)];
    const calls = pool.map(worker, all);
    await Promise.all([host({ atOnce: 1 }), host({ atOnce: 1 })]);
    expect((await calls).filter(({ ok }) => !ok)).toEqual([]);
    expect(mostAtOnce(file).get('a')).toBe(1);
    const order = began(file, 'a');
    expect(order.slice(0, 2)).toEqual([0, 1]);
    // It has come before those that were there all the time.
    expect(order.lastIndexOf(0)).toBeGreaterThan(1);
    expect(order.lastIndexOf(0)).toBeLessThan(40);
  });

  test('a key that throws costs its own job alone', async (context) => {
    await begin(context);
    const key: JobLimit['key'] = (args) => {
      if ((args as LimitedArgs).n === 1) throw new TypeError('no key');
      return 'a';
    };
    const pool = caller(SHARED.includes(name) ? { atOnce: 1, key } : undefined);
    if (SHARED.includes(name)) {
      await host({ atOnce: 1 });
      const responses = await pool.map(limited(), jobs('a', 3));
      expect(responses.map(({ ok }) => ok)).toEqual([true, false, true]);
      expect(responses[1]!.error).toMatchObject({ message: 'no key' });
      await expect(pool.submit(limited(), { key: 'a', n: 1 })).rejects.toMatchObject({ message: 'no key' });
    }
    // In the host, it is no text.
    const [response] = await Promise.all([
      caller().run(limited(), { key: 7 as never, n: 5 }),
      SHARED.includes(name) ? undefined : host({ atOnce: 1 }),
    ]);
    expect(response).toMatchObject({ ok: false, error: { code: 'ERR_OPTION' } });
  });

  test('a host keeps to a limit by itself where the engine does not', async (context) => {
    await begin(context, ALONE);
    if (SHARED.includes(name)) return context.skip('the engine keeps limits among hosts');
    const pool = caller({ atOnce: 1 });
    const calls = [pool.map(limited(), [...jobs('a', 8), ...jobs('b', 4)]), pool.map(free(), jobs('', 6))];
    await host({ atOnce: 1 });
    expect((await Promise.all(calls)).flat().filter(({ ok }) => !ok)).toEqual([]);
    expect(mostAtOnce(file)).toEqual(
      new Map([
        ['a', 1],
        ['b', 1],
      ]),
    );
  });
});
