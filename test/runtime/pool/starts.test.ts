import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { ProcessPool } from 'mproc-worker';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { Echo } from './jobs.worker.js';
import { lives, until } from './prove-pool.js';

const START = fileURLToPath(new URL('./start.cjs', import.meta.url));
const LIMIT_PROGRAM = fileURLToPath(new URL('./short-start-limit.mjs', import.meta.url));
/** No test takes so long: who waits for this fails. */
const NEVER_MS = 3_600_000;

/** What a child does before Node.js gets to what the pool starts it with. */
interface Start {
  readonly holdMs?: number;
  readonly exit?: number;
  readonly hangs?: boolean;
}

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mproc-starts-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const envOf = (...starts: Start[]) => ({
  ...process.env,
  MPROC_TEST_STARTS: JSON.stringify({ folder, starts }),
});

/** Children do this in the order they are made; those that follow do the last of it. */
function poolOf(processes: number, ...starts: Start[]): ProcessPool {
  const options = { processes, closeTimeoutMs: NEVER_MS, execArgv: ['--require', START] };
  return new ProcessPool({ ...options, env: envOf(...starts) });
}

describe('a pool with nothing to run closes at once', () => {
  test('though a child hangs in its start', async () => {
    const pool = poolOf(2, { hangs: true }, {});
    await expect(pool.run(new Echo(), 'x')).resolves.toMatchObject({ ok: true });
    const { pids } = pool.stats();
    await pool.close();
    expect(pids).toHaveLength(2);
    await until(() => !pids.some(lives));
  });

  test('though a child was stopped before it had started', async () => {
    const pool = poolOf(1, { holdMs: 200 });
    const [pid] = pool.stats().pids as [number];
    process.kill(pid, 'SIGSTOP');
    await pool.close();
    await until(() => !lives(pid));
  });
});

describe('a call is not given up', () => {
  test('while one child of many may still come to serve', async () => {
    const exits = { exit: 3 };
    const pool = poolOf(4, exits, exits, exits, { holdMs: 1_500 });
    await expect(pool.map(new Echo(), [1, 2, 3])).resolves.toMatchObject([
      { body: 1 },
      { body: 2 },
      { body: 3 },
    ]);
    await pool.close();
  });

  test('before all of them have failed, each in its time', async () => {
    const pool = poolOf(3, { exit: 3 }, { exit: 3 }, { exit: 3, holdMs: 1_000 });
    await expect(pool.run(new Echo(), 1)).rejects.toMatchObject({ code: 'ERR_PROCESS_START' });
    // The three, and no more than one again for each of the first two.
    expect(pool.stats().spawned).toBeLessThanOrEqual(5);
    await pool.destroy();
  });
});

describe('a child that hangs in its start', () => {
  const runWith = async (words: string[], ...starts: Start[]) => {
    const { stdout } = await promisify(execFile)(process.execPath, [LIMIT_PROGRAM, START, ...words], {
      env: envOf(...starts),
    });
    return JSON.parse(stdout);
  };
  const run = (...starts: Start[]) => runWith([], ...starts);

  test('is replaced after a minute', async () => {
    // The minute of the process that replaces it is one: a busy machine may need some of it.
    const hung = () => runWith(['1', '60000', '1'], { hangs: true }, {});
    let outcome = await hung();
    // One that had not all of its minute, as the machine stood still, is replaced as well.
    for (let more = 2; more > 0 && outcome.spawned !== 2; more -= 1) outcome = await hung();
    expect(outcome).toEqual({ body: 'answered', spawned: 2 });
  });

  test('as do all that follow, ends in an error that says so', async () => {
    const outcome = await run({ hangs: true });
    expect(outcome).toMatchObject({ code: 'ERR_PROCESS_START', spawned: 3 });
    expect(outcome.message).toContain('did not begin to work in time');
  });

  // The minute is a minute here, and the ten seconds that it has when others have failed are shorter.
  test('while all others fail has no more than ten seconds', async () => {
    const [hangs, exits] = [{ hangs: true }, { exit: 3 }];
    const outcome = await runWith(['2', '10000'], hangs, exits, exits, exits, exits);
    expect(outcome).toMatchObject({ code: 'ERR_PROCESS_START' });
  });
});
