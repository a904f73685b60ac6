// What the jobs beside the callback are at when it is called. Each leaves a pool on which the callback's own call is made.
import { RetryStrategy } from 'mproc-worker';
import { type Case, until } from './case.js';
import { Deaf, Failing, Quick, Slow } from './workers.mjs';

const LONG_MS = 60_000;
/** Jobs after which those of a worker share slots. */
const WARM_UP = 3_000;
/** More than the smallest memory has places for. */
const MORE_THAN_FIT = 1_200;
const SMALLEST_MEMORY = 1024 * 1024;

function* numbers(count: number): Generator<number> {
  for (let number = 0; number < count; number += 1) yield number;
}

async function running(of: Case, worker: Slow | Deaf = new Slow()): Promise<void> {
  let runs = false;
  of.owe(
    'the running job',
    of.pool.run(worker, LONG_MS, {
      signal: of.controller.signal,
      onProgress: () => {
        runs = true;
      },
    }),
  );
  // Over a queue nothing is told of progress.
  await until(() => runs, of.poolOptions.queues === undefined ? undefined : 200);
}

export const states: Readonly<Record<string, (of: Case) => Promise<void>>> = {
  'nothing else': async (of) => {
    of.open();
    await of.owe('run before', of.pool.run(new Quick(), 0)).catch(() => {});
  },
  booting: async (of) => void of.open({ processes: 2 }),
  'in its source': async (of) => {
    of.open({ concurrency: 2 });
    const responses = of.pool.imap(new Slow(), numbers(10), { ...of.call, lookAhead: 2 });
    of.owe('the first of imap', responses.next());
    of.owe('map', of.pool.map(new Slow(), numbers(20), of.call));
  },
  'in line': async (of) => {
    of.open({ memoryBytes: SMALLEST_MEMORY, processes: 2 });
    const worker = new Quick();
    for (const number of numbers(MORE_THAN_FIT))
      of.owe('run', of.pool.run(worker, number, { signal: of.controller.signal }));
  },
  placed: async (of) => {
    of.open({ concurrency: 2 });
    await running(of);
    of.owe('map', of.pool.map(new Slow(), [50, 50, 50, 50], of.call));
  },
  running: async (of) => {
    of.open({ processes: 2 });
    await running(of);
  },
  'running, and deaf': async (of) => {
    of.open({ processes: 2 });
    await running(of, new Deaf());
  },
  'waiting for a retry': async (of) => {
    of.open();
    const worker = new Failing();
    worker.retryStrategy = new RetryStrategy({ maxRetries: 3, type: 'later', backoff: { delayMs: LONG_MS } });
    of.owe('the retried job', of.pool.run(worker, 0, { signal: of.controller.signal }));
    await until(() => of.pool.stats().delayed === 1);
  },
  'due soon': async (of) => {
    of.open({ concurrency: 2 });
    of.owe('limited', of.pool.map(new Slow(), [LONG_MS], { ...of.call, timeoutMs: 30 }));
    const worker = new Failing();
    worker.retryStrategy = new RetryStrategy({ maxRetries: 50, type: 'later', backoff: { delayMs: 5 } });
    of.owe('retried', of.pool.run(worker, 0, { signal: of.controller.signal }));
  },
  bundled: async (of) => {
    of.open();
    const worker = new Quick();
    await of.owe('map before', of.pool.map(worker, Array<number>(WARM_UP).fill(0))).catch(() => {});
    of.owe('map', of.pool.map(worker, numbers(WARM_UP), { signal: of.controller.signal }));
  },
  closing: async (of) => {
    of.open({ processes: 2, concurrency: 2 });
    await running(of);
    of.beforeFiring = () => of.owe('close() before', of.pool.close());
  },
  destroyed: async (of) => {
    of.open({ processes: 2, concurrency: 2 });
    await running(of);
    of.beforeFiring = () => of.owe('destroy() before', of.pool.destroy());
  },
};

/** Where the pool ends before the callback's turn, it may not come. */
export const MAY_NOT_FIRE = ['closing', 'destroyed'];
