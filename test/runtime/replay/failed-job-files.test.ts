import { execFileSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { type PoolOptions, ProcessPool, RetryStrategy, SharedArray, sharedMemoryQueue } from 'mproc-worker';
import { afterAll, describe, expect, test } from 'vitest';
import { type FailedJob, readFailedJob } from '../../../runtime/src/replay/failed-job.js';
import { compiled } from '../../native/compile.js';
import { removeQueues } from '../remote/queues.js';
import { Fails } from './fails.worker.mjs';

const PROGRAM = fileURLToPath(new URL('./full-disk.program.mjs', import.meta.url));
const root = mkdtempSync(join(tmpdir(), 'mproc-failed-'));
const library = compiled('fail-call.c');
if (library.problem) console.log(`skipped: ${library.problem}`);
afterAll(() => {
  rmSync(root, { recursive: true });
  library.remove?.();
});

function folderFor(name: string): string {
  return join(root, name, 'failed');
}

async function inPool<R>(options: PoolOptions, run: (pool: ProcessPool) => Promise<R>): Promise<R> {
  await using pool = new ProcessPool({ processes: 1, ...options });
  return await run(pool);
}

function read(path: string | undefined): FailedJob {
  return readFailedJob(readFileSync(path!, 'utf8'), path!);
}

describe('a job that has failed for good', () => {
  test('is in a file that its response names, which only this user can read', async () => {
    const folder = folderFor('one');
    const worker = Object.assign(new Fails(), { label: 'mine' });
    worker.retryStrategy = new RetryStrategy({ maxRetries: 2 });
    const response = await inPool({ keepFailed: { folder } }, (pool) => pool.run(worker, { name: 'x' }));
    expect(JSON.parse(JSON.stringify(response))).toMatchObject({
      ok: false,
      replayFile: response.replayFile,
    });
    const path = response.replayFile!;
    expect([statSync(path).mode & 0o777, statSync(folder).mode & 0o777]).toEqual([0o600, 0o700]);
    const job = read(path);
    expect(job).toMatchObject({
      exportName: 'Fails',
      module: new URL('./fails.worker.mjs', import.meta.url).href,
      jobId: response.jobId,
      args: { name: 'x' },
      isExact: true,
      node: process.version,
    });
    // As the last attempt found them.
    expect(job.state).toEqual({ label: 'mine', tries: 2 });
    expect(job.attempts.map(({ pid, runMs }) => ({ pid, runMs }))).toEqual(
      response.attempts.map(({ pid, runMs }) => ({ pid, runMs })),
    );
    expect(job.error).toMatchObject({ message: 'cannot work with x', hint: new Set([1]) });
    expect(job.error).toBeInstanceOf(TypeError);
  });

  test.each([
    ['throws', { name: 1 }, false],
    ['is killed', { how: 'crash' }, false],
    ['runs too long', { how: 'hang' }, false],
    ['runs too long twice', { how: 'hang' }, true],
    ['waits too long', { how: 'wait' }, false],
    ['has large arguments and throws', { name: 1, bytes: new Uint8Array(3_000_000).fill(7) }, false],
    [
      'has large arguments and runs too long',
      { how: 'hang', bytes: new Uint8Array(3_000_000).fill(7) },
      false,
    ],
  ] as const)('is kept where it %s', async (_, args, retries) => {
    const worker = new Fails();
    if (retries) worker.retryStrategy = new RetryStrategy({ maxRetries: 1 });
    const options = { keepFailed: { folder: folderFor('causes') }, timeoutMs: 400, killTimeoutMs: 50 };
    const response = await inPool(options, (pool) => pool.run(worker, args));
    const job = read(response.replayFile);
    // Bytes are not compared one by one.
    const { bytes, ...rest } = job.args as { bytes?: Uint8Array };
    expect(rest).toEqual({ ...args, bytes: undefined });
    if ('bytes' in args) expect(Buffer.compare(bytes!, args.bytes)).toBe(0);
    expect(job.attempts).toHaveLength(retries ? 2 : 1);
  });

  test('is kept by a pool that runs jobs in its program, too', async () => {
    const options = { processes: 'inline', keepFailed: { folder: folderFor('inline') } } as const;
    const response = await inPool(options, (pool) => pool.run(new Fails(), { name: 1n }));
    expect(read(response.replayFile).args).toEqual({ name: 1n });
  });

  test('is kept once where it ran over a queue, by the host that ran it', async () => {
    const space = `failed-${process.pid}`;
    const folder = folderFor('queue');
    const shared = sharedMemoryQueue();
    const options: PoolOptions = {
      keepFailed: { folder },
      queues: (name, queueOptions) => shared(`${space}.${name}`, queueOptions),
    };
    await inPool(options, (pool) => pool.map(new Fails(), [{ name: 1 }, { how: 'well' }]));
    await removeQueues(space, ['jobs.Fails']);
    expect(readdirSync(folder)).toHaveLength(1);
  });

  test('is not one that was canceled, aborted, or that succeeded', async () => {
    const folder = folderFor('canceled');
    const controller = new AbortController();
    await inPool({ keepFailed: { folder }, killTimeoutMs: 50 }, async (pool) => {
      expect(await pool.run(new Fails(), { how: 'well' })).not.toHaveProperty('replayFile');
      const running = pool.run(new Fails(), { how: 'wait' });
      const aborted = pool.run(new Fails(), { how: 'wait' }, { signal: controller.signal });
      pool.cancel(running.jobId);
      controller.abort();
      expect(await running).not.toHaveProperty('replayFile');
      await expect(aborted).rejects.toThrow();
      const last = await pool.run(new Fails(), { name: 'last' });
      expect(readdirSync(folder).map((name) => join(folder, name))).toEqual([last.replayFile]);
    });
  });
});

describe('arguments', () => {
  const shared: unknown[] = [{ a: 1 }];
  shared.push(shared, shared[0]);
  const TABLE: [string, unknown][] = [
    ['undefined', undefined],
    ['numbers that JSON has not', [-0, Number.NaN, Number.POSITIVE_INFINITY, 2n ** 100n]],
    ['dates and patterns', [new Date(5), new Date(Number.NaN), /a+\n/giu]],
    ['maps and sets', new Map<unknown, unknown>([[{ k: 1 }, new Set([undefined, 'x'])]])],
    [
      'bytes',
      [Buffer.from('hi'), new Float32Array([1.5]), new DataView(new ArrayBuffer(3)), new ArrayBuffer(2)],
    ],
    ['cycles and shared objects', shared],
    ['holes', Object.assign([], { 1: 1, 3: 2 })],
    ['keys that mean something to a file', { $mproc: 1, $: 'ref', ['__proto__']: { evil: true } }],
    [
      'errors',
      [new RangeError('far', { cause: new Error('deep') }), new AggregateError([1, new Error('in')], 'all')],
    ],
    ['texts', ['\ud800 alone', 'é', '\u2028', '"\\']],
    ['boxed', [Object(1), Object('x'), Object(3n)]],
  ];

  test.each(TABLE)('come back the same: %s', async (_, value) => {
    const options = { keepFailed: { folder: folderFor('values') } };
    const response = await inPool(options, (pool) => pool.run(new Fails(), { name: 'x', value }));
    const job = read(response.replayFile);
    expect((job.args as { value: unknown }).value).toStrictEqual(value);
    expect(job).toMatchObject({ isExact: true });
    expect(job.problem).toBeUndefined();
  });

  test('that share memory are said to be no longer exactly the same', async () => {
    const { buffer } = new Float64Array([1, 2]);
    const args = { name: 'x', whole: new Float64Array(buffer), part: new Float64Array(buffer, 8, 1) };
    const options = { keepFailed: { folder: folderFor('views') } };
    const response = await inPool(options, (pool) => pool.run(new Fails(), args));
    const job = read(response.replayFile);
    expect(job).toMatchObject({ isExact: false, args: { part: new Float64Array([2]) } });
  });

  test.each([
    [
      'lie in memory that ends with the program',
      () => SharedArray.allocate('Float64Array', 4),
      /SharedArray/,
    ],
    ['are larger than a file is to be', () => new Uint8Array(65 * 2 ** 20), /its arguments have \d+ bytes/],
  ])('that %s are left out, and the file and one line say so', async (_, make, problem) => {
    const told: string[] = [];
    const logger = { debug() {}, info() {}, warn() {}, error: (line: string) => told.push(line) };
    const options = { keepFailed: { folder: folderFor('problems') }, logger };
    const response = await inPool(options, (pool) => pool.run(new Fails(), { name: 'x', value: make() }));
    expect(response).toMatchObject({ ok: false, error: { message: 'cannot work with x' } });
    expect(read(response.replayFile).problem).toMatch(problem);
    expect(told).toEqual([expect.stringMatching(problem)]);
    expect(told[0]).not.toContain('\n');
  });
});

describe('a folder', () => {
  test('holds so many files at most: the oldest go, and what else is in it stays', async () => {
    const folder = folderFor('bounded');
    await inPool({ keepFailed: { folder, most: 3 } }, async (pool) => {
      await pool.run(new Fails(), { name: 0 });
      writeFileSync(join(folder, '0-notes.txt'), 'mine');
      const responses = await pool.map(
        new Fails(),
        Array.from({ length: 20 }, (_, name) => ({ name })),
      );
      const files = readdirSync(folder).sort();
      expect(files).toHaveLength(4);
      expect(files[0]).toBe('0-notes.txt');
      const left = files.slice(1).map((file) => (read(join(folder, file)).args as { name: number }).name);
      const written = responses.toSorted((a, b) => (a.replayFile! < b.replayFile! ? -1 : 1));
      expect(left).toEqual(written.slice(-3).map(({ index }) => index));
    });
  });

  function programIn(folder: string, env: NodeJS.ProcessEnv = {}) {
    const printed = execFileSync(process.execPath, [PROGRAM, folder], {
      encoding: 'utf8',
      env: { ...process.env, ...env },
    });
    return JSON.parse(printed) as { responses: object[]; told: string[] };
  }

  const RESPONSES = [
    { ok: false, message: 'cannot work with 1' },
    { ok: true },
    { ok: false, message: 'cannot work with 2' },
  ];

  test.skipIf(library.problem).each(['open', 'write', 'rename', 'mkdir'] as const)(
    'on a full disk costs one line and no response, and no part of a file is left (%s)',
    (call) => {
      const folder = folderFor(`full-${call}`);
      const { responses, told } = programIn(folder, {
        LD_PRELOAD: library.file,
        MPROC_FAIL: `${call}:${constants.errno.ENOSPC}:1:0`,
        MPROC_FAIL_PATH: call === 'mkdir' ? `full-${call}` : 'failed-job.json',
      });
      expect(responses).toEqual(RESPONSES);
      expect(told).toEqual([
        expect.stringMatching(/^job \S+ has failed, and could not be kept in \S+: ENOSPC[^\n]*$/),
      ]);
      if (call !== 'mkdir') expect(readdirSync(folder)).toEqual([]);
    },
  );

  test('that is a file costs one line and no response', () => {
    const file = join(root, 'a-file');
    writeFileSync(file, '');
    chmodSync(file, 0o400);
    const { responses, told } = programIn(join(file, 'below'));
    expect(responses).toEqual(RESPONSES);
    expect(told).toEqual([expect.stringMatching(/could not be kept in \S+: ENOTDIR[^\n]*$/)]);
  });
});

describe('the option', () => {
  test.each([
    [{ folder: '' }, /keepFailed.folder must be the path of a folder/],
    [{}, /keepFailed.folder must be the path of a folder; received undefined/],
    [{ folder: 'x', most: 0 }, /keepFailed.most must be a whole number from 1; received 0/],
    [{ folder: 'x', max: 1 }, /option keepFailed has no option max/],
  ])('is refused where it is wrong: %j', (keepFailed, problem) => {
    expect(() => new ProcessPool({ keepFailed: keepFailed as never })).toThrow(problem);
  });
});
