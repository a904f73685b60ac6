import { setTimeout as sleep } from 'node:timers/promises';
import { ProcessPool, type Queue, sharedMemoryQueue } from 'mproc-worker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { roughBytes } from '../../../runtime/src/pool/remote/rough-bytes.js';
import { Echo } from '../pool/jobs.worker.js';
import { queuesOf, removeQueues } from './queues.js';

const MIB = 2 ** 20;
let space = '';
let tests = 0;
beforeEach(() => {
  tests += 1;
  space = `backpressure-${process.pid}-${tests}`;
});
afterEach(() => removeQueues(space, ['jobs.Echo']));

describe('a call over queues', () => {
  test('takes no more of its input while 64 MiB of it wait for an answer', async () => {
    const queues = sharedMemoryQueue({ memoryBytes: 4 * MIB });
    const pool = new ProcessPool({
      processes: 1,
      queues: (name, options) => queues(`${space}.${name}`, options),
    });
    let read = 0;
    let ahead = 0;
    function* inputs() {
      for (; read < 100; read += 1) yield Buffer.alloc(MIB, read % 251);
    }
    let done = 0;
    const onProgress = (progress: { done: number }) => {
      ({ done } = progress);
      ahead = Math.max(ahead, read - done);
    };
    const responses = await pool.map(new Echo(), inputs(), { onProgress });
    expect(responses.map(({ ok, body }) => ok && (body as Buffer)[0])).toEqual(
      Array.from({ length: 100 }, (_, n) => n % 251),
    );
    expect(ahead).toBeLessThanOrEqual(66);
    expect(ahead).toBeGreaterThan(8);
    await pool.close();
  });

  test('of one job each is put with others while four puts are under way, and what cannot be sent fails alone', async () => {
    let putting = 0;
    let most = 0;
    let puts = 0;
    const counted = (queue: Queue<unknown>) => {
      const put = queue.put.bind(queue);
      queue.put = async (values, options) => {
        putting += 1;
        puts += 1;
        most = Math.max(most, putting);
        await sleep(1);
        return Promise.resolve(put(values, options)).finally(() => {
          putting -= 1;
        });
      };
      return queue;
    };
    const pool = new ProcessPool({
      processes: 1,
      queues: (name, options) => {
        const queue = queuesOf(space)(name, options);
        return name === 'jobs.Echo' ? counted(queue) : queue;
      },
    });
    const aborting = new AbortController();
    const calls = Array.from({ length: 1_000 }, (_, n) => pool.run(new Echo(), n));
    const refused = pool.run(new Echo(), () => {});
    const unwanted = pool.run(new Echo(), 'unwanted', { signal: aborting.signal });
    aborting.abort();
    await expect(unwanted).rejects.toMatchObject({ code: 'ABORT_ERR' });
    const bodies = (await Promise.all(calls)).map(({ body }) => body);
    expect(bodies).toEqual(Array.from({ length: 1_000 }, (_, n) => n));
    expect(await refused).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args' } });
    expect(most).toBe(4);
    // 64 in each, and those beside the refused one a second time.
    expect(puts).toBeLessThan(150);
    await pool.close();
  });

  test('is finished by `close`, though its input goes on for a while', async () => {
    const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    async function* inputs() {
      for (let n = 0; n < 5; n += 1) {
        await sleep(100);
        yield n;
      }
    }
    const call = pool.map(new Echo(), inputs());
    await pool.close();
    expect((await call).map(({ body }) => body)).toEqual([0, 1, 2, 3, 4]);
  });
});

describe('the rough size of a value', () => {
  test.each([
    [7, 8],
    ['x'.repeat(100), 108],
    [Buffer.alloc(1_000), 1_008],
    [{ a: { b: ['x'.repeat(50)] } }, 82],
    [new Map([['k', new Uint8Array(64)]]), 89],
  ])('%j', (value, bytes) => {
    expect(Math.abs(roughBytes(value) - bytes)).toBeLessThanOrEqual(16);
  });

  test('of many alike is that of the first ones, taken times their number', () => {
    const megabytes = Array.from({ length: 10_000 }, () => 'x'.repeat(100));
    expect(roughBytes(megabytes) / 1_080_000).toBeCloseTo(1, 1);
  });

  test('runs no code of the value, and ends for one that contains itself', () => {
    const value = {
      get trap(): never {
        throw new Error('asked');
      },
      self: undefined as unknown,
    };
    value.self = value;
    expect(roughBytes(value)).toBeLessThan(100);
    const proxy = new Proxy(
      {},
      {
        ownKeys() {
          throw new Error('asked');
        },
      },
    );
    expect(roughBytes(proxy)).toBe(8);
  });
});
