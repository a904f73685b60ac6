import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { provePool, until } from '../pool/prove-pool.js';
import { queuesOf, removeQueues } from '../remote/queues.js';
import { Keeps, Looks, Reads, Returns, Stumbles } from './loans.worker.js';

const MIB = 2 ** 20;
const PROGRAM = fileURLToPath(new URL('./loans.program.mjs', import.meta.url));

/** What a job of `Looks` sees of an array that begins with 1 and ends with 2. */
const seen = (array: ArrayLike<unknown> & { constructor: { name: string }; byteOffset: number }) => ({
  kind: array.constructor.name,
  length: array.length,
  byteOffset: array.byteOffset,
});

type Bytes = Uint8Array<ArrayBuffer>;

function marked(pool: ProcessPool, lengthBytes = MIB): Bytes {
  const array = pool.allocate('Uint8Array', lengthBytes);
  array.fill(5);
  array[0] = 1;
  array[lengthBytes - 1] = 2;
  return array;
}

const run = async (pool: ProcessPool, array: Bytes) =>
  (await pool.run(new Looks(), { array })).orThrow() as Record<string, unknown>;

describe('a loaned array', () => {
  test('is read where it is, and what its job writes there reaches nobody', () =>
    provePool({ processes: 1 }, async (pool) => {
      const array = marked(pool);
      for (let round = 0; round < 3; round += 1)
        expect(await run(pool, array)).toMatchObject({
          ...seen(array),
          first: 1,
          last: 2,
          memoryBytes: MIB,
          shown: 1,
        });
      expect([array[0], array[7], array[MIB - 1]]).toEqual([1, 5, 2]);
      pool.release(array);
    }));

  test.each([
    'Int8Array',
    'Uint8Array',
    'Uint8ClampedArray',
    'Int16Array',
    'Uint16Array',
    'Int32Array',
    'Uint32Array',
    'Float32Array',
    'Float64Array',
    'BigInt64Array',
    'BigUint64Array',
  ] as const)('may be a %s', (kind) =>
    provePool({ processes: 1 }, async (pool) => {
      const array = pool.allocate(kind, 150_000);
      const one = kind.startsWith('Big') ? 1n : 1;
      (array as Uint8Array).fill(one as number);
      const { body } = await pool.run(new Looks(), { array });
      expect(body).toMatchObject({ kind, length: 150_000, first: one, last: one, shown: 1 });
      pool.release(array);
    }),
  );

  test('arrives in parts, beside others, several at once, and views of one stay views of one', () =>
    provePool({ processes: 1 }, async (pool) => {
      const [a, b] = [marked(pool), marked(pool, MIB / 2)];
      const part = a.subarray(1_000, 200_000);
      const args = { deep: [{ part }, new Map([['b', b]])], a, again: a, buffer: a.buffer, text: 'x' };
      const { deep, ...rest } = (await pool.run(new Returns(), args)).orThrow() as typeof args;
      expect(Buffer.compare((deep[0] as { part: Uint8Array }).part, part)).toBe(0);
      expect(Buffer.compare((deep[1] as Map<string, Uint8Array>).get('b')!, b)).toBe(0);
      expect(Buffer.compare(rest.a, a)).toBe(0);
      expect(rest.again).toBe(rest.a);
      expect(rest.a.buffer).toBe(rest.buffer);
      const looked = await pool.run(new Looks(), { array: part, more: [a, b] } as { array: Bytes });
      expect(looked.body).toMatchObject({ first: 5, length: 199_000, byteOffset: 1_000, shown: 2 });
      for (const array of [a, b]) pool.release(array);
    }));

  test('goes with map and imap, and as the argument itself', () =>
    provePool({ processes: 2 }, async (pool) => {
      const arrays = Array.from({ length: 8 }, () => marked(pool, 160_000));
      const inputs = arrays.map((array) => ({ array }));
      const looks = await pool.map(new Looks(), inputs, { orThrow: true });
      for await (const response of pool.imap(new Looks(), inputs)) looks.push(response.orThrow());
      expect(looks).toHaveLength(16);
      for (const look of looks) expect(look).toMatchObject({ first: 1, last: 2, length: 160_000 });
      expect(((await pool.run(new Returns(), arrays[0])).orThrow() as Uint8Array).at(-1)).toBe(2);
      for (const array of arrays) pool.release(array);
    }));

  test.each(['dies', 'fails'] as const)('is whole for the next attempt of a job that %s', (how) =>
    provePool({ processes: 1 }, async (pool) => {
      const array = marked(pool);
      const worker = new Stumbles();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 2 });
      const { body } = await pool.run(worker, { array, how });
      expect(body).toEqual({ first: 1, attempt: 3 });
      pool.release(array);
    }),
  );

  test('is nobody’s when its child is killed as it reads, and its memory serves again', () =>
    provePool({ processes: 1 }, async (pool) => {
      const array = marked(pool);
      const { error } = await pool.run(
        new Reads(),
        { array, forMs: 600_000 },
        { onProgress: ({ value: pid }) => void process.kill(pid as number, 'SIGKILL') },
      );
      expect(error).toMatchObject({ code: 'ERR_PROCESS_CRASHED' });
      expect(await run(pool, array)).toMatchObject({ first: 1, last: 2 });
      pool.release(array);
    }));

  test('that is released while its job runs stays the job’s own, whatever is lent next', () =>
    provePool({ processes: 2 }, async (pool) => {
      const array = marked(pool);
      let next: Bytes | undefined;
      const { body } = await pool.run(
        new Reads(),
        { array, forMs: 300 },
        {
          onProgress: () => {
            pool.release(array);
            next = pool.allocate('Uint8Array', MIB).fill(7);
          },
        },
      );
      expect(body).toEqual({ first: 1, now: 1, last: 2 });
      expect(await run(pool, next!)).toMatchObject({ first: 7 });
      pool.release(next!);
    }));

  test('that is released before its job begins is refused, and so are its views and those of other pools', () =>
    provePool({ processes: 1 }, async (pool) => {
      const other = marked(pool);
      const busy = pool.run(new Reads(), { array: other, forMs: 200 });
      const array = marked(pool);
      const part = array.subarray(10);
      const waiting = pool.run(new Looks(), { array });
      pool.release(array);
      pool.release(array);
      expect(array).toHaveLength(0);
      expect(await waiting).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args.array' } });
      expect(await pool.run(new Returns(), { deep: [part] })).toMatchObject({
        ok: false,
        error: { code: 'ERR_VALUE', path: 'args.deep[0]', message: expect.stringMatching(/release\(\)/) },
      });
      await using inline = new ProcessPool({ processes: 'inline' });
      expect(await inline.run(new Returns(), array)).toMatchObject({ error: { code: 'ERR_VALUE' } });
      expect((await busy).ok).toBe(true);
      pool.release(other);
    }));

  test('has no elements any more when its job has ended', () =>
    provePool({ processes: 1 }, async (pool) => {
      const array = marked(pool);
      expect((await pool.run(new Keeps(), array)).body).toEqual([]);
      expect((await pool.run(new Keeps(), array)).body).toEqual([0, 0]);
      pool.release(array);
    }));

  test('is a copy where it is small, comes from another pool, or goes to a pool without processes', () =>
    provePool({ processes: 1 }, async (pool) => {
      const small = marked(pool, 1_000);
      expect(await run(pool, small)).toMatchObject({ first: 1, last: 2, length: 1_000, shown: 0 });
      await using other = new ProcessPool(1);
      const array = marked(other);
      expect(await run(pool, array)).toMatchObject({ first: 1, last: 2, shown: 0 });
      await using inline = new ProcessPool({ processes: 'inline' });
      expect(await run(inline, array)).toMatchObject({ first: 1, last: 2 });
      expect(await run(inline, marked(inline))).toMatchObject({ first: 1, last: 2 });
      expect(array[0]).toBe(1);
      for (const view of [small, array.subarray(1)])
        expect(() => inline.release(view)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
      pool.release(small.subarray(3));
      other.release(array);
    }));

  test('is a copy over queues', async () => {
    const space = `loans-${process.pid}`;
    const host = new AbortController();
    try {
      await using pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
      const serving = pool.work([Looks], { signal: host.signal });
      const array = marked(pool, 300_000);
      expect(await run(pool, array)).toMatchObject({ first: 1, last: 2, shown: 0 });
      pool.release(array);
      await expect(pool.submit(new Looks(), { array })).rejects.toMatchObject({ code: 'ERR_VALUE' });
      host.abort();
      await serving;
    } finally {
      await removeQueues(space, ['jobs.Looks']);
    }
  });

  test('outlives its pool, and is copied by others then', async () => {
    const pool = new ProcessPool(1);
    const [array, released] = [marked(pool), marked(pool)];
    await pool.destroy();
    array.fill(8);
    expect(array[MIB - 1]).toBe(8);
    pool.release(released);
    expect(() => pool.allocate('Uint8Array', 1)).toThrow(
      expect.objectContaining({ code: 'ERR_POOL_CLOSED' }),
    );
    await provePool({ processes: 1 }, async (other) => {
      expect(await run(other, array)).toMatchObject({ first: 8, shown: 0 });
    });
    pool.release(array);
  });

  test('is refused by name where kind, length or the array to release are wrong', () =>
    provePool({ processes: 1 }, (pool) => {
      for (const [kind, length] of [
        ['Array', 1],
        ['constructor', 1],
        ['Uint8Array', 0],
        ['Uint8Array', 1.5],
        ['Uint8Array', Number.NaN],
      ] as const)
        expect(() => pool.allocate(kind as 'Uint8Array', length)).toThrow(
          expect.objectContaining({ code: 'ERR_OPTION' }),
        );
      expect(() => pool.release(new Uint8Array(3))).toThrow(/allocate of the same pool/);
      expect(() => pool.release(undefined as never)).toThrow(/allocate of the same pool/);
      expect(() => pool.allocate('Float64Array', 2 ** 50)).toThrow(
        expect.objectContaining({ code: 'ERR_PLATFORM' }),
      );
    }));
});

describe('memory of loans', () => {
  test('is used again and again: rounds leave no descriptors, no memory and no mappings', () =>
    provePool({ processes: 1 }, async (pool) => {
      const descriptors = () => readdirSync('/proc/self/fd').length;
      const before = descriptors();
      const addresses = new Set<string>();
      for (let round = 0; round < 1_000; round += 1) {
        const array = pool.allocate('Uint8Array', 200_000);
        array.fill(round & 0xff);
        array[199_999] = 2;
        const look = await run(pool, array);
        expect([look.first, look.last, look.shown]).toEqual([round & 0xff, 2, 1]);
        pool.release(array);
        if (round > 100)
          for (const line of readFileSync('/proc/self/maps', 'latin1').split('\n'))
            if (/rw-s .*(\/dev\/shm|memfd:mproc)/.test(line)) addresses.add(line.split(' ')[0]!);
      }
      expect(descriptors()).toBeLessThanOrEqual(before + 16);
      // That of the pool's own segment, and few of loans: a child that is slow keeps one for a moment.
      expect(addresses.size).toBeLessThanOrEqual(20);
    }));

  test.each(['forgotten', 'descriptors', 'full', 'late'])('in a program: %s', (what) => {
    const told = execFileSync(process.execPath, ['--expose-gc', PROGRAM, what], { encoding: 'utf8' });
    expect(JSON.parse(told)).toEqual({ [what]: true });
  });

  test('goes with a program that is killed', async () => {
    const files = () => readdirSync('/dev/shm').filter((name) => name.includes(`mproc-${program.pid}`));
    const program = spawn(process.execPath, [PROGRAM, 'waits'], { stdio: ['ignore', 'pipe', 'inherit'] });
    await once(program.stdout, 'data');
    expect(files()).toEqual([]);
    program.kill('SIGKILL');
    await once(program, 'exit');
    expect(files()).toEqual([]);
    await until(() => !readdirSync('/proc').includes(String(program.pid)));
  });
});
