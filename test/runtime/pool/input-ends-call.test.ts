import { ProcessPool } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';

/** Jobs of a worker that has run many quick ones share slots; those of another have one each. */
const WARM_UP = 3_000;

describe('an input that ends its own call inside next()', () => {
  let pool: ProcessPool;
  const packed: unknown[] = [];

  /** Tells when it is packed, which a job is that is going to run. */
  function value(number: number): object {
    return {
      get number() {
        packed.push(number);
        return number;
      },
    };
  }

  beforeAll(async () => {
    pool = new ProcessPool({ processes: 1 });
    await pool.map(new Echo(), Array(WARM_UP).fill(0));
  });

  afterAll(() => pool.close());

  async function run(
    worker: Echo,
    inputOf: (abort: () => void, onReturn: () => void) => Iterable<unknown> | AsyncIterable<unknown>,
  ): Promise<{ rejected: string; ran: unknown[]; returned: number; outstanding: number }> {
    packed.length = 0;
    const controller = new AbortController();
    const ran: unknown[] = [];
    let returned = 0;
    pool.on('response', ({ ok, body }) => {
      if (ok) ran.push(body);
    });
    const input = inputOf(
      () => controller.abort(),
      () => {
        returned += 1;
      },
    );
    const rejected = await pool.map(worker, input, { signal: controller.signal }).then(
      () => 'not rejected',
      (error: Error) => error.name,
    );
    await pool.run(new Echo(), 'after');
    pool.removeAllListeners('response');
    return {
      rejected,
      ran: ran.filter((body) => body !== 'after'),
      returned,
      outstanding: pool.stats().outstanding,
    };
  }

  const workers = {
    'jobs that have a slot each': () => new Echo().addListener('job.event.success' as never, () => {}),
    'jobs that share slots': () => shared,
  };
  const shared = new Echo();

  describe.each(Object.entries(workers))('%s', (_, worker) => {
    test('has none of its values run, and is closed itself, as a generator', async () => {
      const outcome = await run(worker(), function* (abort, onReturn) {
        try {
          yield value(1);
          yield value(2);
          abort();
          yield value(3);
          yield value(4);
        } finally {
          onReturn();
        }
      });
      expect(outcome).toEqual({ rejected: 'AbortError', ran: [], returned: 1, outstanding: 0 });
      expect(packed).not.toContain(3);
    });

    test('has none of its values run, as an iterator that goes on', async () => {
      const outcome = await run(worker(), (abort, onReturn) => {
        let count = 0;
        return {
          [Symbol.iterator]: () => ({
            next: () => {
              count += 1;
              if (count === 3) abort();
              return { done: false, value: value(count) };
            },
            return: () => {
              onReturn();
              return { done: true, value: undefined };
            },
          }),
        };
      });
      expect(outcome).toEqual({ rejected: 'AbortError', ran: [], returned: 1, outstanding: 0 });
      expect(packed).not.toContain(3);
    });

    test('has the value it gives then not run, as an asynchronous one', async () => {
      const outcome = await run(worker(), async function* (abort, onReturn) {
        try {
          abort();
          yield value(1);
        } finally {
          onReturn();
        }
      });
      expect(outcome).toEqual({ rejected: 'AbortError', ran: [], returned: 1, outstanding: 0 });
      expect(packed).toEqual([]);
    });
  });

  test('a getter of its arguments that aborts the call has the job not run', async () => {
    const controller = new AbortController();
    const args = {
      get number() {
        controller.abort();
        return 1;
      },
    };
    const responses: unknown[] = [];
    pool.on('response', (response) => responses.push(response.ok));
    const { signal } = controller;
    await expect(pool.run(new Echo(), args, { signal })).rejects.toThrow('abort');
    await pool.run(new Echo(), 'after');
    pool.removeAllListeners('response');
    expect(responses).toEqual([false, true]);
  });
});
