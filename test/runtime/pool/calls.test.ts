import { setTimeout as delay } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { Echo, FailTimes, Later, Thenable } from './jobs.worker.js';
import { provePool } from './prove-pool.js';

describe('map', () => {
  test('answers ten thousand jobs in the order of their arguments', () =>
    provePool({}, async (pool) => {
      const responses = await pool.map(
        new Echo(),
        Array.from({ length: 10_000 }, (_, index) => index),
      );
      expect(responses).toHaveLength(10_000);
      expect(responses.every((response, index) => response.ok && response.body === index)).toBe(true);
      expect(responses.every((response, index) => response.index === index)).toBe(true);
      expect(new Set(responses.map(({ jobId }) => jobId)).size).toBe(10_000);
      expect(responses.every(({ attempts }) => attempts.length === 1)).toBe(true);
    }));

  test('answers nothing for no arguments, whatever kind of input they come from', () =>
    provePool({}, async (pool) => {
      expect(await pool.map(new Echo(), [])).toEqual([]);
      expect(await pool.map(new Echo(), new Set())).toEqual([]);
      expect(await pool.map(new Echo(), (async function* () {})())).toEqual([]);
    }));

  test('takes arguments from iterables and async iterables', () =>
    provePool({}, async (pool) => {
      const slow = (async function* () {
        for (let at = 0; at < 20; at += 1) {
          await delay(1);
          yield at;
        }
      })();
      const responses = await pool.map(new Echo(), slow);
      expect(responses.map(({ body }) => body)).toEqual(Array.from({ length: 20 }, (_, at) => at));
      expect((await pool.map(new Echo(), 'abc')).map(({ body }) => body)).toEqual(['a', 'b', 'c']);
    }));

  test('takes undefined as an argument like any other, from every kind of input', () =>
    provePool({}, async (pool) => {
      const echo = new Echo();
      const given = Array.from({ length: 2_000 }, (_, at) => (at % 3 === 0 ? at : undefined));
      const inputs = [
        given,
        new Array<undefined>(2_000),
        (function* () {
          yield* given;
        })(),
        (async function* () {
          yield* given;
        })(),
      ];
      for (const [kind, input] of inputs.entries()) {
        const expected = kind === 1 ? given.map(() => undefined) : given;
        expect((await pool.map(echo, input)).map(({ body }) => body)).toEqual(expected);
      }
    }));

  test('gives back arguments of every small length, however many share a slot', () =>
    provePool({}, async (pool) => {
      const texts = Array.from({ length: 5_000 }, (_, at) => 'é'.repeat(at % 67) + 'x'.repeat(at % 5));
      expect((await pool.map(new Echo(), texts)).map(({ body }) => body)).toEqual(texts);
    }));

  test('rejects with what its input throws, and ends the input', () =>
    provePool({}, async (pool) => {
      const bad = new Error('no more input');
      const throwing = (function* () {
        yield 1;
        throw bad;
      })();
      await expect(pool.map(new Echo(), throwing)).rejects.toBe(bad);
      const rejecting = (async function* () {
        yield 1;
        throw bad;
      })();
      await expect(pool.map(new Echo(), rejecting)).rejects.toBe(bad);
      await expect(pool.map(new Echo(), 5 as never)).rejects.toThrow(/must be an iterable.*received 5/);
    }));

  test('gives a failing job a response that is not ok, and its neighbours theirs', () =>
    provePool({}, async (pool) => {
      const responses = await pool.map(new FailTimes(), [0, 1, 0]);
      expect(responses.map(({ ok }) => ok)).toEqual([true, false, true]);
      const [, failed] = responses;
      expect(failed).toMatchObject({ exitCode: 1, error: { message: 'attempt 1 fails' } });
      expect(failed!.attempts).toHaveLength(1);
    }));

  test('runs side by side with other calls', () =>
    provePool({}, async (pool) => {
      const calls = Array.from({ length: 20 }, (_, call) =>
        pool.map(
          new Echo(),
          Array.from({ length: 50 }, (_, at) => `${call}.${at}`),
        ),
      );
      const all = await Promise.all(calls);
      all.forEach((responses, call) => {
        expect(responses.map(({ body }) => body)).toEqual(
          Array.from({ length: 50 }, (_, at) => `${call}.${at}`),
        );
      });
    }));

  test('awaits whatever has a then', () =>
    provePool({}, async (pool) => {
      expect((await pool.map(new Thenable(), [1, 2])).map(({ body }) => body)).toEqual([1, 2]);
    }));
});

describe('imap', () => {
  test('gives the responses in order, though jobs end out of order', () =>
    provePool({ processes: 2, concurrency: 4 }, async (pool) => {
      const seen: number[] = [];
      for await (const response of pool.imap(new Later(), [60, 5, 30, 1, 1, 20])) seen.push(response.index);
      expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
    }));

  test('takes from an endless input only so far ahead of its reader', () =>
    provePool({}, async (pool) => {
      let taken = 0;
      let returned = false;
      const endless = (function* () {
        try {
          for (;;) {
            taken += 1;
            yield taken;
          }
        } finally {
          returned = true;
        }
      })();
      let read = 0;
      let most = 0;
      for await (const response of pool.imap(new Echo(), endless, { lookAhead: 10 })) {
        expect(response.body).toBe(read + 1);
        read += 1;
        most = Math.max(most, taken - read);
        if (read === 200) break;
      }
      expect(most).toBeLessThanOrEqual(10);
      expect(returned).toBe(true);
    }));

  test('reads no further ahead in an async input', () =>
    provePool({}, async (pool) => {
      let taken = 0;
      const endless = (async function* () {
        for (;;) {
          taken += 1;
          yield taken;
        }
      })();
      let read = 0;
      for await (const _response of pool.imap(new Echo(), endless, { lookAhead: 4 })) {
        read += 1;
        await delay(1);
        expect(taken - read).toBeLessThanOrEqual(5);
        if (read === 50) break;
      }
    }));

  test('starts with its first reading, and can be left before', () =>
    provePool({}, async (pool) => {
      let taken = 0;
      const input = (function* () {
        for (;;) {
          taken += 1;
          yield taken;
        }
      })();
      const iterator = pool.imap(new Echo(), input);
      await delay(5);
      expect(taken).toBe(0);
      expect(await iterator.return?.()).toEqual({ done: true, value: undefined });
      expect(await iterator.next()).toEqual({ done: true, value: undefined });
    }));

  test('refuses a look-ahead that is none', () =>
    provePool({}, (pool) => {
      for (const lookAhead of [0, -1, Number.NaN, 1.5])
        expect(() => pool.imap(new Echo(), [], { lookAhead })).toThrow(
          /lookAhead must be a whole number from 1/,
        );
    }));

  test('rejects its readers with what the input throws', () =>
    provePool({}, async (pool) => {
      const iterator = pool.imap(
        new Echo(),
        (async function* () {
          yield 1;
          throw new Error('no more input');
        })(),
      );
      await expect(
        (async () => {
          for await (const _response of iterator);
        })(),
      ).rejects.toThrow('no more input');
    }));
});

test('imapUnordered gives each response as soon as it is there', () =>
  provePool({ processes: 1, concurrency: 2 }, async (pool) => {
    await pool.run(new Later(), 1);
    const seen: number[] = [];
    for await (const response of pool.imapUnordered(new Later(), [400, 1])) seen.push(response.index);
    expect(seen).toEqual([1, 0]);
  }));

test('run answers one job, and refuses more than may wait', () =>
  provePool({ processes: 1, maxQueue: 2 }, async (pool) => {
    const runs = Array.from({ length: 5 }, () => pool.run(new Later(), 20));
    const settled = await Promise.allSettled(runs);
    expect(settled.map(({ status }) => status)).toEqual([
      'fulfilled',
      'fulfilled',
      'fulfilled',
      'rejected',
      'rejected',
    ]);
    expect((settled[3] as PromiseRejectedResult).reason).toMatchObject({ code: 'ERR_POOL_FULL' });
  }));
