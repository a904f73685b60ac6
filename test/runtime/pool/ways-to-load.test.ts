import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker } from 'mproc-worker';
import { afterAll, describe, expect, test } from 'vitest';
import { provePool } from './prove-pool.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-ways-'));
symlinkSync(fileURLToPath(new URL('../../../node_modules', import.meta.url)), join(folder, 'node_modules'));
afterAll(() => rmSync(folder, { recursive: true }));

interface Found {
  /** How often the module has run in its process. */
  readonly runs: number;
  /** What the process was given after the name of its program. */
  readonly arguments: readonly string[];
  readonly isError: boolean;
}

/** The worker as this process knows it, which need not load its module. */
function workerIn(path: string): Worker<null, Found> {
  class Finds extends Worker<null, Found> {
    static override readonly module = pathToFileURL(path).href;
    protected override process(): Found {
      throw new Error('it runs elsewhere');
    }
  }
  return new Finds();
}

/** What a worker finds where it runs. */
const PROCESS = `process() {
    const error = Object.assign(new QueueFullError('q'), {});
    return { runs: globalThis.runs, arguments: process.argv.slice(2), isError: error instanceof MprocError };
  }`;
const COUNT = 'globalThis.runs = (globalThis.runs ?? 0) + 1;';
const ES_MODULE = `import { MprocError, QueueFullError, Worker } from 'mproc-worker';
${COUNT}
export class Finds extends Worker {
  static module = import.meta.url;
  ${PROCESS}
}`;
const COMMONJS = `const { MprocError, QueueFullError, Worker } = require('mproc-worker');
${COUNT}
class Finds extends Worker {
  static module = require('node:url').pathToFileURL(__filename).href;
  ${PROCESS}
}
module.exports = { Finds };`;

const MODULES = {
  'an ES module': ['plain.mjs', ES_MODULE],
  'an ES module that awaits at its top level': [
    'awaits.mjs',
    `${ES_MODULE}\nawait new Promise((resolve) => setTimeout(resolve, 20));`,
  ],
  'an ES module that imports one that awaits': ['imports.mjs', `import './awaits-too.mjs';\n${ES_MODULE}`],
  CommonJS: ['common.cjs', COMMONJS],
  'a module with a strange name': ['odd #1 %41 ?/wor ker.mjs', ES_MODULE],
} as const;
writeFileSync(join(folder, 'awaits-too.mjs'), 'await new Promise((resolve) => setTimeout(resolve, 20));');

const FLAGS = {
  'as it comes': [],
  'under other flags of V8 than the parent': ['--max-old-space-size=200'],
  'with a module that is loaded before': ['--import=data:text/javascript,globalThis.preloaded=true'],
};

describe.each(Object.entries(FLAGS))('%s', (_, execArgv) => {
  test.each(Object.entries(MODULES))('a worker in %s is loaded, and once', async (_name, [file, source]) => {
    const path = join(folder, file);
    mkdirSync(join(path, '..'), { recursive: true });
    writeFileSync(path, source);
    await provePool({ processes: 1, execArgv: [...execArgv] }, async (pool) => {
      const responses = await pool.map(workerIn(path), [null, null]);
      expect(responses.map(({ body }) => body)).toEqual([
        { runs: 1, arguments: [], isError: true },
        { runs: 1, arguments: [], isError: true },
      ]);
    });
  });
});

test('a module that cannot be loaded at first is loaded when it has been mended', async () => {
  const path = join(folder, 'mended.mjs');
  await provePool({ processes: 1 }, async (pool) => {
    writeFileSync(path, 'throw new Error("broken as yet")');
    await expect(pool.run(workerIn(path), null)).rejects.toMatchObject({
      code: 'ERR_MODULE_LOAD',
      cause: { message: 'broken as yet', stack: expect.stringContaining('mended.mjs:1') },
    });
    writeFileSync(path, ES_MODULE);
    expect(await pool.run(workerIn(path), null)).toMatchObject({ ok: true, body: { runs: 1 } });
  });
});
