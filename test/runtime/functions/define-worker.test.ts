import { spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type FunctionWorker, JobEvent, type JobEventDetail, ProcessPool } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { provePool, until } from '../pool/prove-pool.js';
import { ProgramFolder, runners } from '../pool/typescript/program-folder.js';
import { queuesOf, removeQueues } from '../remote/queues.js';
import { again } from './modules/again.mjs';
import theDefault, * as functions from './modules/functions.mjs';

const require = createRequire(import.meta.url);
// biome-ignore lint/suspicious/noExplicitAny: the modules are JavaScript
type Any = FunctionWorker<any, any>;
const folder = mkdtempSync(join(tmpdir(), 'mproc-functions-'));
afterAll(() => rmSync(folder, { recursive: true }));

const bodies = async (pool: ProcessPool, worker: Any, inputs: unknown[]) =>
  (await pool.map(worker, inputs)).map((response) => response.orThrow());

test('functions run wherever their module exports them, and as what', () =>
  provePool({}, async (pool) => {
    const commonjs = require('./modules/commonjs.cjs') as { double: Any; triple: Any };
    const found = {
      square: await bodies(pool, functions.square, [1, 2, 3]),
      again: await bodies(pool, again, [4]),
      default: await bodies(pool, theDefault, [0]),
      another: await bodies(pool, functions.underAnotherName, [0]),
      one: await bodies(pool, functions.one, [0]),
      two: await bodies(pool, functions.two, [0]),
      double: await bodies(pool, commonjs.double, [5]),
      triple: await bodies(pool, commonjs.triple, [5]),
      negative: await bodies(pool, require('./modules/only-one.cjs') as Any, [5]),
    };
    expect(found).toEqual({
      square: [1, 4, 9],
      again: [16],
      default: ['default'],
      another: ['renamed'],
      one: [1],
      two: [2],
      double: [10],
      triple: [15],
      negative: [-5],
    });
    expect((await pool.run(functions.later as Any, 1)).body).not.toBe(process.pid);
  }));

describe('a function can what a class can:', () => {
  test('it knows its job, and tells of its progress', () =>
    provePool({ processes: 1 }, async (pool) => {
      const told: unknown[] = [];
      const running = pool.run(functions.about as Any, 'half', {
        onProgress: ({ value }) => told.push(value),
      });
      expect((await running).orThrow()).toEqual({
        id: running.jobId,
        attempt: 1,
        aborted: false,
        logs: 'function',
        // Named in the process by its export.
        title: `mproc about ${running.jobId}`,
      });
      const onProgress = ({ value }: { value?: unknown }) => value !== undefined && told.push(value);
      await pool.map(functions.helped as Any, [1, 2], { onProgress });
      expect(told).toEqual(['half', 1, 2]);
      for await (const response of pool.imap(functions.square as Any, [7])) expect(response.body).toBe(49);
    }));

  test('retries, with its strategy, and listeners on both sides', () =>
    provePool({ processes: 1 }, async (pool) => {
      const events: string[] = [];
      const listen = (_: unknown, event: JobEventDetail) =>
        void events.push(`${event.type} ${event.attempt}`);
      functions.fails.addListener(JobEvent.Retry, listen);
      const thrown = await pool.run(functions.fails as Any, { times: 2, how: 'throw' });
      functions.fails.removeListener(JobEvent.Retry, listen);
      expect([thrown.body, thrown.attempts.length]).toEqual([3, 3]);
      expect(events).toEqual(['job.event.retry 1', 'job.event.retry 2']);
      const crashed = await pool.run(functions.fails as Any, { times: 1, how: 'crash' });
      expect([crashed.body, crashed.attempts[0]!.exitCode]).toEqual([2, 3]);
      const refused = await pool.run(functions.fails as Any, { times: 1, how: 'no retry' });
      expect(refused).toMatchObject({ ok: false, error: { code: 'ERR_NO_RETRY' } });
      expect((await pool.run(functions.listened as Any, 0)).body).toEqual(['job.event.start listened']);
    }));

  test('hears of an abort, and is stopped by its own time limit', () =>
    provePool({ processes: 1, killTimeoutMs: 60_000 }, async (pool) => {
      const file = join(folder, 'aborted');
      const controller = new AbortController();
      const call = pool.run(functions.untilAborted as Any, file, { signal: controller.signal });
      await until(() => existsSync(file));
      controller.abort();
      await expect(call).rejects.toMatchObject({ code: 'ABORT_ERR' });
      await until(() => readFileSync(file, 'utf8') === 'aborted');
    }));

  test('its time limit is that of its calls which have none', () =>
    provePool({ processes: 1, killTimeoutMs: 50, timeoutMs: 60_000 }, async (pool) => {
      const late = { ok: false, error: { code: 'ERR_JOB_TIMEOUT', timeoutMs: 200 } };
      expect(await pool.run(functions.spins as Any, 0)).toMatchObject(late);
      expect(await pool.map(functions.spins as Any, [0])).toMatchObject([late]);
      const own = await pool.run(functions.spins as Any, 0, { timeoutMs: 100 });
      expect(own).toMatchObject({ ok: false, error: { code: 'ERR_JOB_TIMEOUT', timeoutMs: 100 } });
    }));

  test('goes over a queue, under its name', async () => {
    const space = `functions-${process.pid}`;
    const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    try {
      await expect(pool.map(functions.square as Any, [1])).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: expect.stringMatching(/needs a name to go over a queue.*\{ name: 'resize' \}/),
      });
      await expect(pool.submit(functions.square as Any, 1)).rejects.toMatchObject({ code: 'ERR_OPTION' });
      expect((await pool.run(functions.listened as Any, 0)).body).toEqual(['job.event.start listened']);
      expect((await pool.run(functions.fails as Any, { times: 1 })).body).toBe(2);
      const stop = new AbortController();
      const serving = pool.work([functions.listened], { signal: stop.signal });
      expect(await pool.submit(functions.listened as Any, 0)).toMatch(/\.s\./);
      await until(() => pool.stats().succeeded >= 3);
      stop.abort();
      await serving;
    } finally {
      await pool.destroy();
    }
    await removeQueues(space, ['jobs.listened', 'jobs.fails']);
  });
});

test('runs here as well, with its retries: a unit test needs no pool', async () => {
  expect((await functions.square.run(3)).body).toBe(9);
  expect((await (functions.fails as Any).run({ times: 1 })).attempts.length).toBe(2);
});

test('one that its module does not export is refused, with what to write', () =>
  provePool({ processes: 1 }, async (pool) => {
    await expect(pool.run(functions.getHidden() as Any, 0)).rejects.toMatchObject({
      code: 'ERR_MODULE_LOAD',
      message: expect.stringMatching(
        /must export what its defineWorker number \d+ gives; it exports .*square/,
      ),
    });
  }));

describe('programs find their functions', () => {
  const FUNCTIONS = `import { defineWorker } from 'mproc-worker';
const scale = (by) => defineWorker(import.meta.url, (value) => by * value);
export const double = scale(2);
export const shout = defineWorker(import.meta.url, async (text) => text.toUpperCase() + '!');
export default defineWorker(import.meta.url, function (value, job) { job.progress(1); return [value, job.attempt]; });
`;
  const MAIN = (from: string) => `import { ProcessPool } from 'mproc-worker';
import both, { double, shout } from '${from}';
const pool = new ProcessPool({ processes: 1 });
const answers = [];
for (const [worker, value] of [[double, 4], [shout, 'a'], [both, 1]]) answers.push((await pool.run(worker, value)).orThrow());
await pool.close();
console.log(JSON.stringify(answers));
`;
  const EXPECTED = [8, 'A!', [1, 1]];
  let program: ProgramFolder;
  beforeAll(() => {
    program = new ProgramFolder({
      'src/main.mjs': MAIN('./functions.mjs'),
      'src/functions.mjs': FUNCTIONS,
      'main.ts': MAIN('./functions.ts')
        .replace('answers = []', 'answers: unknown[] = []')
        .replaceAll('pool.run(worker', 'pool.run(worker as never'),
      'functions.ts': FUNCTIONS.replaceAll(/\((by|value|text)\)/g, '($1: any)').replace(
        '(value, job)',
        '(value: any, job)',
      ),
      'alone.mjs': `import { defineWorker, ProcessPool } from 'mproc-worker';
export const work = defineWorker(import.meta.url, (n) => n);
const pool = new ProcessPool({ processes: 1 });
console.log(JSON.stringify(await pool.run(work, 1).catch(({ code, message }) => [code, message])));
await pool.close();
`,
    });
  });
  afterAll(() => program.remove());

  test.each(runners())('in TypeScript, by $name', (runner) => {
    expect(program.run(runner, 'main.ts')).toEqual(EXPECTED);
  });

  test('bundled and minified, by esbuild', async () => {
    const { build } = await import('esbuild');
    await build({
      absWorkingDir: program.path,
      entryPoints: ['src/main.mjs', 'src/functions.mjs'],
      outdir: 'dist',
      bundle: true,
      splitting: true,
      minify: true,
      format: 'esm',
      platform: 'node',
      packages: 'external',
    });
    rmSync(join(program.path, 'src/functions.mjs'));
    const plain = { name: 'node', command: [], loader: 'node' } as const;
    expect(program.run(plain, 'dist/main.js')).toEqual(EXPECTED);
  });

  test('and where the module is the running program, it says so before a process starts', () => {
    const { stdout } = spawnSync(process.execPath, ['alone.mjs'], { cwd: program.path, encoding: 'utf8' });
    expect(JSON.parse(stdout)).toEqual([
      'ERR_WORKER_MODULE',
      expect.stringMatching(
        /^the module of a function of defineWorker is the running program, .*put it in a module of its own/,
      ),
    ]);
  });
});
