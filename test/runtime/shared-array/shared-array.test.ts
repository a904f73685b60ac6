import fs, { readdirSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { setTimeout as delay } from 'node:timers/promises';
import { SharedArray } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { SharedArray as Source } from '../../../runtime/src/shared-array/shared-array.js';
import { provePool } from '../pool/prove-pool.js';
import { BringsArray, MakesArray, Negates } from './arrays.worker.js';

describe('a shared array', () => {
  test('begins at a cache line, whatever its kind and length', () => {
    for (const kind of ['Uint8Array', 'Int32Array', 'BigInt64Array', 'Float64Array'] as const)
      for (const length of [1, 504, 4_096, 100_000]) {
        using array = SharedArray.allocate(kind, length);
        expect(array.values.byteOffset % 64).toBe(0);
        expect(array.values).toHaveLength(length);
        expect(array.values.every((value: number | bigint) => Number(value) === 0)).toBe(true);
      }
  });

  test('of whose file the system does not tell is an error with a code, and leaves no descriptor', () => {
    const before = readdirSync('/proc/self/fd').length;
    const { fstatSync } = fs;
    fs.fstatSync = () => {
      throw Object.assign(new Error('ENOMEM: not enough memory, fstat'), { code: 'ENOMEM' });
    };
    syncBuiltinESMExports();
    try {
      expect(() => Source.allocate('Int32Array', 3)).toThrow(expect.objectContaining({ code: 'ERR_SYSTEM' }));
    } finally {
      fs.fstatSync = fstatSync;
      syncBuiltinESMExports();
    }
    expect(readdirSync('/proc/self/fd')).toHaveLength(before);
  });

  test('that was closed while its job waited is refused, and one that has its number by then is not touched', () =>
    provePool({ processes: 1 }, async (pool) => {
      using first = SharedArray.from('Int32Array', [9]);
      const busy = pool.run(new Negates(), { array: first, holdMs: 3_000 });
      const sent = SharedArray.from('Int32Array', [1, 2, 3]);
      const waiting = pool.run(new Negates(), { array: sent });
      await delay(50);
      sent.close();
      using next = SharedArray.from('Int32Array', [7, 7, 7]);
      expect((await busy).ok).toBe(true);
      expect(await waiting).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args.array' } });
      expect([...next.values]).toEqual([7, 7, 7]);
      expect([...sent.values]).toEqual([1, 2, 3]);
    }));

  test('of one child is seen by another that it is forwarded to, and comes back as the same', () =>
    provePool({ processes: 2 }, async (pool) => {
      const { body: array } = await pool.run(new MakesArray(), [1, 2, 3]);
      const seen = new Set<number>();
      // Of two jobs at once, a process that is quick may have both.
      for (let round = 0; round < 6 || seen.size < 2; round += 1) {
        const responses = await Promise.all([
          pool.run(new Negates(), { array: array!, holdMs: 20 }),
          pool.run(new Negates(), { array: array!, holdMs: 20 }),
        ]);
        for (const { body } of responses) {
          expect((body as { array: unknown }).array).toBe(array);
          seen.add((body as { pid: number }).pid);
        }
      }
      expect([...array!.values].map(Math.abs)).toEqual([1, 2, 3]);
      expect(seen.size).toBe(2);
      array!.close();
    }));

  test('of a process of a child crosses both borders', () =>
    provePool({ processes: 1 }, async (pool) => {
      const { body, error } = await pool.run(new BringsArray(), [4, 5, 6]);
      expect(error).toBe(undefined);
      expect([...body!.values]).toEqual([4, 5, 6]);
      body!.close();
      expect((await pool.run(new BringsArray(), undefined)).ok).toBe(true);
    }));
});

describe('a reference to a shared array', () => {
  const array = Source.from('Int32Array', [1, 2, 3]);
  const other = Source.from('Int32Array', [4, 5, 6]);
  const reference = { ...Source.referTo(array), id: 'not known here' };

  test('opens the array it was made of', () => {
    expect([...Source.openReference(reference).values]).toEqual([1, 2, 3]);
  });

  test.each<[string, object]>([
    ['another array', { path: Source.referTo(other).path }],
    ['another array of the same inode', { nonce: [1, 2] }],
    ['another inode', { inode: reference.inode + 1 }],
    ['more elements than there are', { length: 100_000 }],
    ['fewer elements than there are', { length: 1, kind: 'Int32Array', nonce: [3, 4] }],
    ['elements beyond all memory', { length: Number.MAX_SAFE_INTEGER }],
    ['no kind of array', { kind: 'constructor' }],
    ['half an element', { length: 1.5 }],
    ['no path', { path: undefined }],
    ['a file', { path: '/etc/passwd' }],
    ['no number', { nonce: undefined }],
  ])('that tells of %s is refused', (_what, changes) => {
    expect(() => Source.openReference({ ...reference, id: 'nor this', ...changes })).toThrow(
      expect.objectContaining({ code: 'ERR_VALUE_DECODE' }),
    );
  });
});
