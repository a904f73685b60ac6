import { setImmediate as nextTurn } from 'node:timers/promises';
import { ProcessPool } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';
import { provePool } from './prove-pool.js';

interface Stored {
  readonly ok: boolean;
  readonly body: unknown;
  readonly index: number;
}

/** A queue that takes its time, and says how much it was given at once. */
class SlowQueue {
  readonly name = 'slow';
  readonly stored: Stored[] = [];
  readonly mostAtOnce = { puts: 0, records: 0 };
  #puts = 0;
  #records = 0;

  async put(given: Stored | readonly Stored[]): Promise<string[]> {
    const records = Array.isArray(given) ? (given as readonly Stored[]) : [given as Stored];
    this.#puts += 1;
    this.#records += records.length;
    this.mostAtOnce.puts = Math.max(this.mostAtOnce.puts, this.#puts);
    this.mostAtOnce.records = Math.max(this.mostAtOnce.records, this.#records);
    for (let turn = 0; turn < 3; turn += 1) await nextTurn();
    this.#puts -= 1;
    this.#records -= records.length;
    if (records.some(({ body }) => body === 'refused')) throw new Error('it does not take this');
    this.stored.push(...records);
    return records.map(({ index }) => String(index));
  }
}

const MANY = 20_000;

test('a queue of results that is slow holds the jobs up, and has all of them in order at the end', async () => {
  const results = new SlowQueue();
  const pool = new ProcessPool({ processes: 1, memoryBytes: 2 ** 20, results: results as never });
  let mostWaiting = 0;
  const answered: unknown[] = [];
  pool.on('response', ({ body }) => answered.push(body));
  const responses = await pool.map(
    new Echo(),
    Array.from({ length: MANY }, (_, n) => n),
    {
      onProgress: ({ done }) => {
        mostWaiting = Math.max(mostWaiting, done - results.stored.length);
      },
    },
  );
  expect(responses).toHaveLength(MANY);
  await pool.close();
  // In the order in which they were answered: what is held up, and what is not, need not come in that of the input.
  expect(results.stored.map(({ body }) => body)).toEqual(answered);
  expect(new Set(answered)).toEqual(new Set(responses.map(({ body }) => body)));
  expect(results.mostAtOnce.puts).toBe(1);
  expect(results.mostAtOnce.records).toBeLessThanOrEqual(64);
  // Those that had been begun when it was full come on top: as many as have a place in so little memory.
  expect(mostWaiting).toBeGreaterThan(512);
  expect(mostWaiting).toBeLessThan(4_000);
});

test('a response that the queue of results does not take is reported, and keeps no other from it', async () => {
  const results = new SlowQueue();
  const reported: string[] = [];
  const logger = { error: (what: string) => reported.push(what), warn() {}, info() {}, debug() {} };
  const refused = [3, 500, 501];
  await provePool({ results: results as never, logger: logger as never }, async (pool) => {
    const given = Array.from({ length: 1_000 }, (_, n) => (refused.includes(n) ? 'refused' : n));
    const responses = await pool.map(new Echo(), given);
    await pool.close();
    const ids = refused.map((index) => responses[index]!.jobId);
    // In the order in which the processes answered, which is not that of the input.
    expect(reported.map((line) => /job (\S+) could not be put on slow/.exec(line)?.[1]).sort()).toEqual(
      ids.sort(),
    );
    const stored = results.stored.map(({ index }) => index).sort((a, b) => a - b);
    expect(stored).toEqual(given.flatMap((value, index) => (value === 'refused' ? [] : [index])));
    expect(results.mostAtOnce.records).toBeLessThanOrEqual(64);
  });
});

test('a queue of results that never answers holds up neither destroy nor, for long, close', async () => {
  const results = { name: 'stuck', put: () => new Promise(() => {}) };
  for (const end of ['destroy', 'close'] as const) {
    const options = { processes: 1, memoryBytes: 2 ** 20, closeTimeoutMs: 200, results: results as never };
    const pool = new ProcessPool(options);
    let done = 0;
    const call = pool.map(
      new Echo(),
      Array.from({ length: MANY }, (_, n) => n),
      {
        onProgress: (progress) => {
          done = progress.done;
        },
      },
    );
    const ended = expect(call).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    while (done < 1_024) await nextTurn();
    await pool[end]();
    await ended;
    expect(done).toBeLessThan(MANY);
  }
});
