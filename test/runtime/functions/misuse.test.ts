import { defineWorker, moduleWorker, type ProcessPool, Worker } from 'mproc-worker';
import { expect, test } from 'vitest';
import { provePool } from '../pool/prove-pool.js';
import { square } from './modules/functions.mjs';

const here = import.meta.url;
const misuse = (code: () => unknown) => expect(code);
class Sums extends Worker<number, number> {
  protected override process(n: number): number {
    return n;
  }
}

test.each<[string, () => unknown, RegExp]>([
  [
    'no place',
    () => defineWorker((() => 1) as never, undefined as never),
    /defineWorker\(import\.meta\.url, …\)/,
  ],
  ['no function', () => defineWorker(here, 5 as never), /takes a function that does a job; received 5/],
  ['a generator', () => defineWorker(here, async function* parts() {} as never), /parts is a generator/],
  ['a class', () => defineWorker(here, Sums as never), /Sums is a class.*`new Sums\(\)`/],
  [
    'an option that there is not',
    () => defineWorker(here, () => 1, { timeout: 1 } as never),
    /did you mean timeoutMs/,
  ],
  [
    'a time limit of 0',
    () => defineWorker(here, () => 1, { timeoutMs: 0 }),
    /timeoutMs must be a number above 0/,
  ],
  [
    'no strategy',
    () => defineWorker(here, () => 1, { strategy: 3 as never }),
    /strategy must have a method decide/,
  ],
  ['an empty name', () => defineWorker(here, () => 1, { name: '' }), /name must be a name/],
  ['no URL', () => moduleWorker('./resize.js', 'resize'), /takes the URL of a module/],
  ['no export', () => moduleWorker(new URL(here), undefined as never), /takes the name of an export/],
])('%s is refused where it is written', (_, code, message) => {
  misuse(code).toThrow(
    expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringMatching(message) }),
  );
});

test('what is no worker is told what it is, and what to write, in one line', () =>
  provePool({ processes: 1 }, async (pool: ProcessPool) => {
    for (const [given, message] of [
      [Sums, /^a pool runs an instance, and Sums is the class; write new Sums\(\)$/],
      [class Other {}, /^a pool runs instances of classes that extend Worker, which class Other does not$/],
      [
        function resize() {},
        /^a pool runs a function that its module exports by defineWorker.*export const resize = /,
      ],
      [undefined, /^a pool runs instances .*; received undefined$/],
      [{}, /; received an instance of Object$/],
    ] as const) {
      const refused = { code: 'ERR_OPTION', message: expect.stringMatching(message) };
      await expect(pool.run(given as never, 1)).rejects.toMatchObject(refused);
      await expect(pool.map(given as never, [1])).rejects.toMatchObject(refused);
    }
    const nowhere = defineWorker('' as string, () => 1);
    await expect(pool.run(nowhere)).rejects.toMatchObject({
      code: 'ERR_WORKER_MODULE',
      message: expect.stringMatching(
        /does not say where it is: ""; write defineWorker\(import\.meta\.url, …\)/,
      ),
    });
    const bundled = defineWorker(undefined as never, () => 1);
    await expect(pool.run(bundled)).rejects.toMatchObject({
      code: 'ERR_WORKER_MODULE',
      message: expect.stringMatching(/a bundler has made CommonJS/),
    });
    void square;
  }));
