import { getEventListeners } from 'node:events';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ProcessPool } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { Echo, Patient } from './jobs.worker.js';
import { provePool } from './prove-pool.js';

const FEW = 1_500;
const TIMES_AS_MANY = 4;
/** What costs the same for each is at 4; what looks at all that is open for each, at 16. */
const MOST_GROWTH = 10;

/** A machine where others work as well may take so long, in milliseconds. */
const LONG_MS = 600_000;

type Promises = Promise<unknown>[];

/** A pool whose one process is busy, so that what is asked of it stays open. */
async function withBusyPool(use: (pool: ProcessPool) => Promise<number>): Promise<number> {
  const pool = new ProcessPool({ processes: 1, killTimeoutMs: 50, memoryBytes: 8 * 2 ** 20 });
  const busy = pool.run(new Patient(), 0).catch(() => {});
  try {
    return await use(pool);
  } finally {
    await pool.destroy();
    await busy;
  }
}

/** Processor time of this process: how long something takes says more about who else is at work. */
async function spentMs(action: () => unknown): Promise<number> {
  const from = process.cpuUsage();
  await action();
  const { user, system } = process.cpuUsage(from);
  return (user + system) / 1_000;
}

function aborted(promises: Promises): Promise<unknown> {
  return Promise.all(promises.map((promise) => expect(promise).rejects.toMatchObject({ code: 'ABORT_ERR' })));
}

/** What something costs with so many open, in milliseconds of a processor. */
const COSTS: Record<string, (pool: ProcessPool, count: number) => Promise<number>> = {
  'to cancel jobs that wait': async (pool, count) => {
    const worker = new Echo();
    const jobs = Array.from({ length: count }, (_, n) => pool.run(worker, n));
    const ms = await spentMs(() => {
      for (const { jobId } of jobs) if (!pool.cancel(jobId)) throw new Error(`${jobId} was not found`);
    });
    for (const response of await Promise.all(jobs))
      if (response.ok || (response.error as { code?: string }).code !== 'ERR_JOB_CANCELED')
        throw response.error;
    return ms;
  },
  'to ask for jobs that nobody knows': async (pool, count) => {
    const worker = new Echo();
    const jobs = Array.from({ length: count }, (_, n) => pool.run(worker, n));
    const ms = await spentMs(() => {
      for (const { jobId } of jobs)
        if (pool.cancel(`${jobId}7`) || pool.cancel('nobody.1.99999.0')) throw new Error('it was found');
    });
    void Promise.all(jobs).catch(() => {});
    return ms;
  },
  'to cancel jobs of a call that wait': async (pool, count) => {
    const ids: string[] = [];
    const call = pool.map(
      new Echo(),
      Array.from({ length: count }, (_, n) => n),
      { onSubmit: ({ jobId }) => ids.push(jobId) },
    );
    await new Promise((resolve) => setTimeout(resolve, 20));
    const ms = await spentMs(() => {
      for (const jobId of ids) pool.cancel(jobId);
    });
    if (ids.length === 0) throw new Error('no job was told of');
    void call.catch(() => {});
    // As many as have a place in memory are told of: all that is open beside them is the same.
    return ms / ids.length;
  },
  'to run jobs with one signal, and to abort it': async (pool, count) => {
    const controller = new AbortController();
    const { signal } = controller;
    const worker = new Echo();
    const jobs: Promises = [];
    const ms = await spentMs(() => {
      for (let n = 0; n < count; n += 1) jobs.push(pool.run(worker, n, { signal }));
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      controller.abort();
    });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    await aborted(jobs);
    return ms;
  },
  'to begin calls with one signal, and to abort it': async (pool, count) => {
    const controller = new AbortController();
    const { signal } = controller;
    const worker = new Echo();
    const calls: Promises = [];
    const ms = await spentMs(async () => {
      for (let n = 0; n < count; n += 1) calls.push(pool.map(worker, [n], { signal }));
      await new Promise((resolve) => setImmediate(resolve));
      controller.abort();
    });
    await aborted(calls);
    return ms;
  },
  'to run jobs of a worker each': async (pool, count) => {
    const jobs: Promises = [];
    const ms = await spentMs(() => {
      for (let n = 0; n < count; n += 1) jobs.push(pool.run(new Echo(), n));
    });
    void Promise.all(jobs).catch(() => {});
    return ms;
  },
};

/** The least of some rounds counts; where each had the garbage collector at work as well, more are made. */
const ROUNDS = { least: 3, most: 12 };

async function growthOf(cost: (count: number) => Promise<number>): Promise<{ growth: number; told: string }> {
  const few: number[] = [];
  const many: number[] = [];
  let growth = Number.POSITIVE_INFINITY;
  for (let round = 1; round <= ROUNDS.least || (round <= ROUNDS.most && growth >= MOST_GROWTH); round += 1) {
    few.push(await cost(FEW));
    many.push(await cost(FEW * TIMES_AS_MANY));
    growth = Math.min(...many) / Math.min(...few);
  }
  return { growth, told: JSON.stringify({ few, many }) };
}

describe('with four times as much open', () => {
  test.each(Object.entries(COSTS))(
    'it costs no more than so many times as much %s',
    async (_what, cost) => {
      const { growth, told } = await growthOf((count) => withBusyPool((pool) => cost(pool, count)));
      expect(growth, told).toBeLessThan(MOST_GROWTH);
    },
    LONG_MS,
  );
});

describe('jobs that were stopped while they waited', () => {
  test('are not kept until the line comes to them', async () => {
    setFlagsFromString('--expose-gc');
    const collectGarbage = runInNewContext('gc') as () => void;
    // The process is busy and the memory full, so that nothing of the line is looked at.
    const pool = new ProcessPool({ processes: 1, killTimeoutMs: 50, memoryBytes: 2 ** 20 });
    const busy = pool.run(new Patient(), 0).catch(() => {});
    const worker = new Echo();
    const before = Promise.allSettled(Array.from({ length: 3_000 }, (_, n) => pool.run(worker, n)));
    const args: WeakRef<object>[] = [];
    for (let round = 0; round < 20; round += 1) {
      const jobs = Array.from({ length: 1_000 }, (_, n) => {
        const one = { n };
        args.push(new WeakRef(one));
        return pool.run(worker, one);
      });
      for (const { jobId } of jobs) expect(pool.cancel(jobId)).toBe(true);
      await Promise.all(jobs);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
    collectGarbage();
    const kept = args.filter((ref) => ref.deref() !== undefined).length;
    await pool.destroy();
    await Promise.all([busy, before]);
    expect(kept).toBeLessThan(5_000);
  });
});

describe('a signal', () => {
  test('that ten thousand calls of two pools share has one listener, no warning, and none at the end', () =>
    provePool({}, async (pool) => {
      const other = new ProcessPool({ processes: 1 });
      const warnings: Error[] = [];
      const onWarning = (warning: Error) => warnings.push(warning);
      process.on('warning', onWarning);
      try {
        const { signal } = new AbortController();
        const jobs: Promises = [];
        const worker = new Echo();
        for (let n = 0; n < 5_000; n += 1)
          jobs.push(pool.run(worker, n, { signal }), other.map(worker, [n], { signal }));
        const iterator = pool.imap(worker, [1, 2], { signal });
        expect(getEventListeners(signal, 'abort')).toHaveLength(1);
        await Promise.all(jobs);
        await iterator.return?.();
        expect(getEventListeners(signal, 'abort')).toEqual([]);
        await new Promise((resolve) => setImmediate(resolve));
        expect(warnings).toEqual([]);
      } finally {
        process.off('warning', onWarning);
        await other.destroy();
      }
    }));

  test.each([
    ['AbortSignal.timeout', () => AbortSignal.timeout(50), 'TimeoutError'],
    [
      'AbortSignal.any',
      () => AbortSignal.any([AbortSignal.timeout(50), new AbortController().signal]),
      'TimeoutError',
    ],
  ])('of %s ends a call, and its reason is the cause', (_name, make, reason) =>
    provePool({ killTimeoutMs: 50 }, async (pool) => {
      const signal = make();
      const calls = [pool.run(new Patient(), 1, { signal }), pool.map(new Patient(), [1, 2], { signal })];
      for (const call of calls)
        await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR', cause: { name: reason } });
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    }),
  );

  test('whose listeners begin and end other calls ends those that it was given to', () =>
    provePool({ killTimeoutMs: 50 }, async (pool) => {
      const controller = new AbortController();
      const { signal } = controller;
      const late: Promises = [];
      signal.addEventListener('abort', () => late.push(pool.run(new Echo(), 1, { signal })));
      const first = pool.run(new Patient(), 1, { signal });
      const second = pool.map(new Patient(), [1, 2], { signal });
      const ofNobody = pool.run(new Echo(), 'untouched');
      controller.abort();
      await aborted([first, second]);
      expect(late).toHaveLength(1);
      await aborted(late);
      expect((await ofNobody).body).toBe('untouched');
    }));

  test('that is aborted while the input of its call is read ends the call', () =>
    provePool({ killTimeoutMs: 50 }, async (pool) => {
      const controller = new AbortController();
      async function* inputs() {
        yield 1;
        controller.abort('enough');
        yield 2;
      }
      const call = pool.map(new Echo(), inputs(), { signal: controller.signal });
      await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR', cause: 'enough' });
      expect(getEventListeners(controller.signal, 'abort')).toEqual([]);
    }));
});
