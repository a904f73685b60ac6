import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PoolOptions, ProcessPool } from 'mproc-worker';
import { afterAll, expect, test } from 'vitest';
import { provePool, until } from '../pool/prove-pool.js';
import {
  Client,
  counts,
  ExitsInSetup,
  failsFirst,
  OtherClient,
  SlowSetup,
  SlowTeardown,
} from './modules/setups.mjs';

const folder = mkdtempSync(join(tmpdir(), 'mproc-setup-'));
afterAll(() => rmSync(folder, { recursive: true }));
let logs = 0;

async function logged(
  options: PoolOptions,
  body: (pool: ProcessPool, file: string) => Promise<void>,
): Promise<Map<string, string[]>> {
  logs += 1;
  const file = join(folder, `log-${logs}`);
  await provePool({ ...options, env: { ...process.env, MPROC_TEST_LOG: file } }, (pool) => body(pool, file));
  return linesOf(file);
}

/** What each process has logged, in order. */
function linesOf(file: string): Map<string, string[]> {
  const lines = existsSync(file) ? readFileSync(file, 'utf8').trim().split('\n') : [];
  const found = new Map<string, string[]>();
  for (const line of lines) {
    const [pid = '', ...rest] = line.split(' ');
    found.set(pid, [...(found.get(pid) ?? []), rest.join(' ')]);
  }
  return found;
}

test('setup runs once in a process before its first job, and teardown when the pool is closed', async () => {
  const log = await logged({ processes: 2 }, async (pool) => {
    const responses = await pool.map(new Client(), new Array(40).fill(0));
    expect(new Set(responses.map((response) => response.body))).toEqual(new Set([true]));
    // Its time limit is shorter than its setup, which no job pays for.
    expect((await pool.run(new OtherClient(), 0)).orThrow()).toBe(true);
    expect(await pool.run(new OtherClient(), 10_000)).toMatchObject({ error: { code: 'ERR_JOB_TIMEOUT' } });
    expect((await pool.run(counts, 5)).orThrow()).toBe(105);
  });
  const all = [...log.values()];
  expect(all.flat().filter((line) => line === 'job').length).toBe(40);
  for (const lines of all) {
    const life = lines.filter((line) => line !== 'job');
    const setups = life.filter((line) => line.startsWith('setup'));
    const names = setups.map((line) => line.split(' ')[1]!);
    expect(new Set(names).size).toBe(names.length);
    if (lines.includes('job')) expect(lines[0]).toBe('setup Client');
    // One that fails, as that of `counts`, keeps none of the others from running.
    const torn = life.slice(setups.length).map((line) => line.split(' ')[1]);
    if (life.length > setups.length) expect(torn).toEqual([...names].reverse());
  }
  expect(all.flat()).toContain('teardown counts 105');
});

test('teardown runs where a process is replaced, or has nothing to do; a new one is set up again', async () => {
  const log = await logged({ processes: 1, spares: 0, maxJobsPerProcess: 3 }, async (pool) => {
    expect((await pool.map(counts, [1, 1, 1, 1, 1, 1])).map((response) => response.body)).toEqual([
      101, 102, 103, 101, 102, 103,
    ]);
  });
  expect([...log.values()]).toEqual([
    ['setup counts', 'teardown counts 103'],
    ['setup counts', 'teardown counts 103'],
  ]);
  await logged({ processes: 1, idleTimeoutMs: 50 }, async (pool, file) => {
    await pool.run(counts, 1);
    await until(() => [...linesOf(file).values()].flat().includes('teardown counts 101'));
  });
});

test('a process that is killed has no teardown, and one that takes too long is left behind', async () => {
  const log = await logged({ processes: 1, spares: 0, teardownTimeoutMs: 100 }, async (pool, file) => {
    await pool.run(counts, 1);
    process.kill(pool.stats().pids[0]!, 'SIGKILL');
    await until(() => pool.stats().spawned === 2);
    const { body: pid } = await pool.run(new SlowTeardown(), 0);
    process.kill(pid as number, 'SIGTERM');
    await until(() => !pool.stats().pids.includes(pid as number));
    expect(linesOf(file).get(String(pid))).toEqual(['slow teardown']);
  });
  expect([...log.values()].flat().filter((line) => line.startsWith('teardown'))).toEqual([]);
});

test('a setup that fails is told as a module that fails, and tried again by the next call', async () => {
  await logged({ processes: 1, setupTimeoutMs: 200 }, async (pool, file) => {
    const refused = {
      code: 'ERR_SETUP',
      message: 'setup of function failsFirst failed: no database',
      cause: { name: 'TypeError', message: 'no database' },
    };
    await expect(pool.run(failsFirst, 1)).rejects.toMatchObject(refused);
    await expect(pool.map(failsFirst, [1, 2])).rejects.toMatchObject(refused);
    await expect(failsFirst.run(1)).rejects.toMatchObject(refused);
    writeFileSync(`${file}.go`, '');
    expect((await pool.run(failsFirst, 1)).body).toBe('works');
    await expect(pool.run(new SlowSetup(), 0)).rejects.toMatchObject({
      code: 'ERR_SETUP',
      message: 'setup of class SlowSetup failed: setup took longer than 200 ms',
    });
    await expect(pool.run(new ExitsInSetup(), 0)).rejects.toMatchObject({ code: 'ERR_MODULE_LOAD' });
  });
});

test('a job that runs without a pool is set up here', async () => {
  expect((await counts.run(1)).body).toBe(101);
  expect((await counts.run(1)).body).toBe(102);
});
