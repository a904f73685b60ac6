import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { afterAll, afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { compiled } from '../../native/compile.js';
import { Spare } from './spare.worker.mjs';

const WAIT = { timeout: 240_000, interval: 5 };

describe('a spare process', () => {
  let folder: string;
  let pool: ProcessPool;
  let spawned: number[];

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'mproc-spares-'));
    spawned = [];
  });
  afterEach(async () => {
    await pool.close();
    rmSync(folder, { recursive: true, force: true });
  });

  function open(options: object): void {
    const env = { ...process.env, MPROC_TEST_LOADED: join(folder, 'loaded') };
    pool = new ProcessPool({ processes: 1, env, ...options });
    pool.on('spawn', ({ pid }) => spawned.push(pid));
  }

  /** The processes that have loaded the worker's module. */
  const loaded = () => readFileSync(join(folder, 'loaded'), 'utf8').trim().split('\n').map(Number);

  function worker(): Spare {
    const made = new Spare();
    made.retryStrategy = new RetryStrategy({ maxRetries: 1 });
    return made;
  }

  async function pidOf(dies: boolean): Promise<number> {
    const { ok, body } = await pool.run(worker(), dies);
    expect(ok).toBe(true);
    return body!;
  }

  test('is made when a process has died, loads what the others have, and takes the place of the next that dies', async () => {
    open({ spares: 1 });
    const first = await pidOf(false);
    const second = await pidOf(true);
    expect(second).not.toBe(first);
    await vi.waitFor(() => expect(loaded()).toHaveLength(3), WAIT);
    const [spare] = loaded().filter((pid) => pid !== first && pid !== second);
    expect(pool.stats().pids).toContain(spare);
    // It has had no job: the process that did the work still does.
    expect(await pidOf(false)).toBe(second);
    expect(await pidOf(true)).toBe(spare);
    // And there is another one.
    await vi.waitFor(() => expect(loaded()).toHaveLength(4), WAIT);
    const [next] = loaded().filter((pid) => ![first, second, spare].includes(pid));
    expect(await pidOf(true)).toBe(next);
  });

  test('takes the place of one that has done its number of jobs', async () => {
    open({ spares: 1, maxJobsPerProcess: 1 });
    await pidOf(false);
    await vi.waitFor(async () => {
      // From some time on each job has a process that had loaded its module before.
      const before = loaded();
      expect(before).toContain(await pidOf(false));
    }, WAIT);
  });

  test('is not made where none is wanted', async () => {
    open({ spares: 0 });
    await pidOf(true);
    await pidOf(true);
    expect(pool.stats().processes).toBe(1);
    // The first was there before anybody could hear of it.
    expect(spawned).toHaveLength(2);
  });

  test('takes no jobs, however many wait', async () => {
    open({ spares: 2 });
    await pidOf(true);
    await vi.waitFor(() => expect(loaded()).toHaveLength(4), WAIT);
    const responses = await pool.map(worker(), new Array(200).fill(false));
    expect(new Set(responses.map(({ body }) => body)).size).toBe(1);
  });

  test('is an option of a number', () => {
    open({});
    expect(() => new ProcessPool({ spares: -1 })).toThrow(
      expect.objectContaining({
        code: 'ERR_OPTION',
        message: expect.stringMatching(/^option spares must be /),
      }),
    );
  });
});

const library = compiled('fail-call.c');
if (library.problem) console.log(`skipped: ${library.problem}`);
afterAll(() => library.remove?.());

describe.skipIf(library.problem)('where the system refuses a process', () => {
  const PROGRAM = fileURLToPath(new URL('./spares-refused.program.mjs', import.meta.url));

  /** @param refused which tries to fork fail: from the first of them on so many, all with 0 */
  async function told(refused: string, ...args: string[]) {
    const env = {
      ...process.env,
      LD_PRELOAD: library.file,
      MPROC_FAIL: `fork:${constants.errno.EAGAIN}:${refused}`,
    };
    const run = promisify(execFile);
    const { stdout } = await run(process.execPath, [PROGRAM, ...args], { env, timeout: 500_000 });
    return JSON.parse(stdout) as object;
  }

  test('a spare is tried once for each process that dies, and holds up nobody', async () => {
    // The first process, its successor, and the spare, which is refused.
    expect(await told('3:1', '1')).toEqual({ outcomes: ['ok'], tries: 3, processes: 1 });
    // The next death has both made.
    expect(await told('3:1', '2')).toEqual({ outcomes: ['ok', 'ok'], tries: 5, processes: 2 });
  });

  test('a spare that still starts does the work when no other process can be made', async () => {
    const found = await told('4:0', '2', 'slow');
    expect(found).toMatchObject({ outcomes: ['ok', 'ok'], processes: 1 });
  });
});
