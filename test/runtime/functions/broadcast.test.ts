import { type BroadcastAnswer, type ProcessPool, Worker } from 'mproc-worker';
import { expect, expectTypeOf, test } from 'vitest';
import { provePool, until } from '../pool/prove-pool.js';
import { counter, Deaf, Prices } from './modules/hearers.mjs';

const pidsOf = (answers: readonly { readonly pid: number }[]) => answers.map(({ pid }) => pid).sort();
/** A process that has just been made answers when it has loaded the class, which takes a busy machine a while. */
const PATIENT = { timeoutMs: 240_000 };
const sorted = (pids: readonly number[]) => [...pids].sort();

test('a message is heard in every process, whatever it does', () =>
  provePool({ processes: 2, concurrency: 2 }, async (pool) => {
    // They are starting, and have not loaded the class.
    const first = await pool.broadcast(Prices, new Map([['a', 5]]), PATIENT);
    expect(pidsOf(first)).toEqual(sorted(pool.stats().pids));
    for (const answer of first)
      expect(answer).toEqual({ pid: answer.pid, status: 'fulfilled', value: { pid: answer.pid, size: 1 } });
    const prices = await pool.map(new Prices(), [{}, {}, {}, {}, {}, {}]);
    expect(prices.map((response) => response.body)).toEqual([5, 5, 5, 5, 5, 5]);
    // Jobs that wait, and jobs that hold their thread: these hear it when it is free.
    const busy = pool.map(new Prices(), [{ waitMs: 400 }, { holdMs: 300 }, { waitMs: 400 }, { holdMs: 300 }]);
    const during = await pool.broadcast(Prices, new Map([['a', 6]]), PATIENT);
    expect(during.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled']);
    await busy;
    expect((await pool.run(new Prices(), {})).body).toBe(6);
    // Several at once keep their own answers.
    const [slow, quick] = await Promise.all([
      pool.broadcast(Prices, 'slow', PATIENT),
      pool.broadcast(Prices, new Map(), PATIENT),
    ]);
    expect([slow.length, quick.length]).toEqual([2, 2]);
  }));

test('large messages and answers arrive whole', () =>
  provePool({ processes: 2 }, async (pool) => {
    const bytes = new Uint8Array(5_000_000).map((_, index) => index);
    const answers = await pool.broadcast(Prices, bytes, PATIENT);
    for (const answer of answers)
      expect(
        answer.status === 'fulfilled' &&
          Buffer.compare(
            answer.value as Uint8Array,
            bytes.map((byte) => byte + 1),
          ),
      ).toBe(0);
    // Rings between the parts of messages are heard, too.
    const jobs = pool.map(
      new Prices(),
      Array.from({ length: 300 }, () => ({})),
    );
    await pool.broadcast(Prices, bytes, PATIENT);
    await jobs;
  }));

test('each process has its own answer: what it threw, that it died, that it took too long', () =>
  provePool({ processes: 2, spares: 0 }, async (pool) => {
    const [failed] = await pool.broadcast(Prices, 'fail', PATIENT);
    expect(failed).toMatchObject({
      status: 'rejected',
      reason: { name: 'RangeError', message: 'no such price' },
    });
    const [unsendable] = await pool.broadcast(Prices, 'unsendable', PATIENT);
    expect(unsendable).toMatchObject({
      status: 'rejected',
      reason: { code: 'ERR_VALUE', message: 'answer is a function' },
    });
    const late = await pool.broadcast(Prices, 'hang', { timeoutMs: 100 });
    expect(late).toMatchObject([
      { reason: { code: 'ERR_MESSAGE_TIMEOUT' } },
      { reason: { code: 'ERR_MESSAGE_TIMEOUT' } },
    ]);
    const dead = await pool.broadcast(Prices, 'die', PATIENT);
    for (const { pid, ...answer } of dead)
      expect(answer).toMatchObject({
        status: 'rejected',
        reason: {
          code: 'ERR_PROCESS_ENDED',
          message: `process ${pid} was ended by SIGKILL before it answered a message`,
        },
      });
    await until(() => pool.stats().pids.length === 2);
    expect(pidsOf(await pool.broadcast(Prices, 'again', PATIENT))).toEqual(sorted(pool.stats().pids));
    await expect(pool.broadcast(Prices, (() => 1) as never)).rejects.toMatchObject({
      code: 'ERR_VALUE',
      message: 'message is a function',
    });
  }));

test('a process that ends in good order answers what it has heard', () =>
  provePool({ processes: 1 }, async (pool) => {
    const asked = pool.broadcast(Prices, 'slow', PATIENT);
    await pool.run(new Prices(), {});
    await pool.close();
    expect(await asked).toMatchObject([{ status: 'fulfilled' }]);
    await expect(pool.broadcast(Prices, 'x')).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
  }));

test('and one that is ended at once answers with its end', () =>
  provePool({ processes: 1 }, async (pool) => {
    await pool.run(new Prices(), {});
    const asked = pool.broadcast(Prices, 'hang');
    await pool.destroy();
    expect(await asked).toMatchObject([{ status: 'rejected', reason: { code: 'ERR_PROCESS_ENDED' } }]);
  }));

test('a function hears messages, with the resource of its jobs; what hears none is refused', () =>
  provePool({ processes: 2 }, async (pool) => {
    expect((await pool.run(counter, 1)).body).toBe(2);
    const answers = await pool.broadcast(counter, 10, PATIENT);
    expect(answers.map((answer) => answer.status === 'fulfilled' && answer.value)).toEqual([10, 10]);
    expect((await pool.map(counter, [1, 2, 3])).map((response) => response.body)).toEqual([11, 12, 13]);
    const refusals: [unknown, RegExp][] = [
      [Deaf, /^class Deaf hears no messages; give it a static onMessage/],
      [new Prices(), /write Prices in place of new Prices\(\)/],
      [5, /received 5/],
    ];
    for (const [given, message] of refusals)
      await expect(pool.broadcast(given as never, 1)).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: expect.stringMatching(message),
      });
    await expect(pool.broadcast(counter, 1, { timeout: 1 } as never)).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
  }));

test('types: the message is the one of the class, and so is the answer', () => {
  class Typed extends Worker<number, number> {
    static override async onMessage(message: { n: number }): Promise<string> {
      return String(message.n);
    }
    protected override process(n: number): number {
      return n;
    }
  }
  const use = async (pool: ProcessPool) => {
    expectTypeOf(await pool.broadcast(Typed, { n: 1 })).toEqualTypeOf<BroadcastAnswer<string>[]>();
    const [answer] = await pool.broadcast(Typed, { n: 1 });
    if (answer?.status === 'fulfilled') expectTypeOf(answer.value).toEqualTypeOf<string>();
    // @ts-expect-error: it takes an n
    await pool.broadcast(Typed, { m: 1 });
    // @ts-expect-error: it hears no messages
    await pool.broadcast(Deaf, 1);
  };
  void use;
});
