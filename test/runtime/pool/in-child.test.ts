import { fileURLToPath } from 'node:url';
import * as library from 'mproc-worker';
import { expect, test } from 'vitest';
import { Descend, Names, Nest, Queues } from './in-child.worker.js';
import { provePool } from './prove-pool.js';

test('a job finds all names of the package', () =>
  provePool({ processes: 1 }, async (pool) => {
    const { body } = await pool.run(new Names(), undefined);
    expect(body).toEqual(Object.keys(library).sort());
  }));

test('a job may make a pool of its own', () =>
  provePool({ processes: 1 }, async (pool) => {
    const { body } = await pool.run(new Nest(), [1, 2, 3]);
    expect(body).toEqual({ bodies: [2, 4, 6], isOne: true, refused: 'ValueError' });
  }));

test('a job may use queues', () =>
  provePool({ processes: 1 }, async (pool) => {
    const response = await pool.run(new Queues(), undefined);
    expect(response).toMatchObject({ ok: true, body: 3 });
  }));

test('what a job starts is no process of the pool', () =>
  provePool({ processes: 1 }, async (pool) => {
    const script = fileURLToPath(new URL('./in-child.descendant.mjs', import.meta.url));
    const { body, error } = await pool.run(new Descend(), script);
    expect(error).toBeUndefined();
    expect(body).toEqual(['function,function,true', 'function,function,true']);
  }));
