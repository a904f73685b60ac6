import { OptionError, ProcessPool, ValueError } from 'mproc-worker';
import { expect, test } from 'vitest';
import { Makes, values } from './makes.worker.mjs';

test('values and errors of a pool are of the context of the test', async () => {
  // A script is of another one, or this test would show nothing.
  const { runInThisContext } = await import('node:vm');
  expect(runInThisContext('Error')).not.toBe(Error);

  const pool = new ProcessPool({ processes: 1 });
  const [echo, made, thrown, refused] = await pool.map(new Makes(), [values(), 'make', 'throw', () => {}]);
  expect(echo!.body).toStrictEqual(values());
  expect(made!.body).toStrictEqual(values());
  expect(echo!.body).toBeInstanceOf(Object);
  expect(thrown!.error).toBeInstanceOf(TypeError);
  expect(refused!.error).toBeInstanceOf(ValueError);
  expect(refused!.error).toBeInstanceOf(Error);
  expect(() => new ProcessPool({ processes: -1 })).toThrow(OptionError);
  await pool.close();
  await expect(pool.map(new Makes(), [1])).rejects.toBeInstanceOf(Error);
});
