import { readdirSync } from 'node:fs';
import { runInNewContext } from 'node:vm';
import { type ProcessPool, SharedArray } from 'mproc-worker';
import { expect, test } from 'vitest';
import { provePool, until } from '../pool/prove-pool.js';
import { Descriptors, Negates, ReturnsArrays } from './arrays.worker.js';

type Ints = SharedArray<'Int32Array'>;
const MANY = 200;

async function descriptorsOfChild(pool: ProcessPool): Promise<number> {
  return (await pool.run(new Descriptors(), null)).orThrow().count;
}

test('arrays that jobs return are the caller’s, and their process keeps nothing of them', () =>
  provePool({ processes: 1 }, async (pool) => {
    const before = await descriptorsOfChild(pool);
    const own = readdirSync('/proc/self/fd').length;
    for (let round = 1; round <= MANY; round += 1) {
      const array = (await pool.run(new ReturnsArrays(), { what: 'new', length: 300_000 })).orThrow() as Ints;
      expect(array.values[299_999]).toBe(1);
      array.close();
    }
    await until(async () => (await descriptorsOfChild(pool)) <= before + 2);
    expect(readdirSync('/proc/self/fd').length).toBeLessThanOrEqual(own + 1);
  }));

test('what a map returns can be sent on when its process is gone', () =>
  provePool({ processes: 2 }, async (pool) => {
    const wanted = [1, 2, 3, 4].map((n) => ({ what: 'new' as const, length: n * 1_000 }));
    const arrays = (await pool.map(new ReturnsArrays(), wanted, { orThrow: true })) as Ints[];
    const { pid } = (await pool.run(new Descriptors(), null)).orThrow();
    process.kill(pid, 'SIGKILL');
    for (const [at, array] of arrays.entries()) {
      expect(array.length).toBe((at + 1) * 1_000);
      const { body } = await pool.run(new Negates(), { array });
      expect((body as { array: Ints }).array).toBe(array);
      expect(array.values[array.length - 1]).toBe(-1);
      array.close();
    }
  }));

test('an array that was returned is refused when its process returns it again, and taken when it was sent back', () =>
  provePool({ processes: 1 }, async (pool) => {
    const kept = (await pool.run(new ReturnsArrays(), { what: 'kept', length: 10 })).orThrow() as Ints;
    const again = await pool.run(new ReturnsArrays(), { what: 'kept', length: 10 });
    expect(again).toMatchObject({ ok: false, error: { code: 'ERR_VALUE' } });
    expect(String(again.error)).toMatch(/earlier job returned belongs to the caller/);
    (await pool.run(new Negates(), { array: kept })).orThrow();
    const third = (await pool.run(new ReturnsArrays(), { what: 'kept', length: 10 })).orThrow();
    expect(third).toBe(kept);
    expect(kept.values[0]).toBe(-1);
    kept.close();
  }));

test('two arrays, and one beside much else, come in one result', () =>
  provePool({ processes: 1 }, async (pool) => {
    const twice = (await pool.run(new ReturnsArrays(), { what: 'twice', length: 5 })).orThrow() as {
      array: Ints;
      again: [Ints];
      own: SharedArray<'Uint8Array'>;
    };
    expect(twice.again[0]).toBe(twice.array);
    expect([...twice.own.values]).toEqual([7]);
    const beside = (await pool.run(new ReturnsArrays(), { what: 'beside bytes', length: 5 })).orThrow() as {
      array: Ints;
      bytes: Buffer;
    };
    expect(beside.bytes.equals(Buffer.alloc(1_000_000, 3))).toBe(true);
    expect([...beside.array.values]).toEqual([1, 1, 1, 1, 1]);
    for (const array of [twice.array, twice.own, beside.array]) array.close();
  }));

test('an array that a job tells of as progress, or in a result that is refused, stays the job’s', () =>
  provePool({ processes: 1 }, async (pool) => {
    const told: Ints[] = [];
    const onProgress = ({ value }: { value: unknown }) => void told.push(value as Ints);
    (await pool.run(new ReturnsArrays(), { what: 'told', length: 3 }, { onProgress })).orThrow();
    expect(told.map(({ values }) => [...values])).toEqual([[1, 1, 1]]);
    const refused = await pool.run(new ReturnsArrays(), { what: 'refused', length: 3 });
    expect(refused).toMatchObject({ ok: false, error: { path: 'result.nothing' } });
    expect((await pool.run(new ReturnsArrays(), { what: 'told', length: 4 })).orThrow()).toBe(4);
    for (const array of told) array.close();
  }));

test('an array that nobody closes goes with its object', () =>
  provePool({ processes: 1 }, async (pool) => {
    const gc = runInNewContext('gc') as () => void;
    const own = readdirSync('/proc/self/fd').length;
    const length = 1_000;
    for (let round = 0; round < 50; round += 1)
      (await pool.run(new ReturnsArrays(), { what: 'new', length })).orThrow();
    for (let round = 0; round < 50; round += 1) SharedArray.allocate('Uint8Array', length);
    await until(async () => {
      gc();
      return readdirSync('/proc/self/fd').length <= own + 2;
    });
  }));
