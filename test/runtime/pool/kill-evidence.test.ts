import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'mproc-worker';
import { expect, test } from 'vitest';
import type { Task } from '../../../runtime/src/pool/jobs/task.js';
import { KillEvidence } from '../../../runtime/src/pool/parent/processes/kill-evidence.js';
import { provePool } from './prove-pool.js';

class Doomed extends Worker<number, number> {
  static override readonly module = new URL('./kills-itself.worker.mjs', import.meta.url).href;
  protected override process(): number {
    throw new Error('it never loads');
  }
}

test('a module that kills its process while it is loaded is held to be the cause after some deaths', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-kills-'));
  const deaths = join(folder, 'deaths');
  try {
    await provePool({ processes: 1, env: { MPROC_TEST_DEATHS: deaths } }, async (pool) => {
      await expect(pool.run(new Doomed(), 1)).rejects.toMatchObject({
        code: 'ERR_MODULE_LOAD',
        message: expect.stringMatching(/kills-itself.*SIGKILL/),
      });
    });
    expect(readFileSync(deaths, 'utf8').length).toBeGreaterThanOrEqual(3);
    expect(readFileSync(deaths, 'utf8').length).toBeLessThanOrEqual(7);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const NEW = { wasLoaded: false } as Task;
const KNOWN = { wasLoaded: true } as Task;

test('a kill says much of a module that never loaded, once the system is known not to be the cause', () => {
  const kills = new KillEvidence(() => '3');
  expect([1, 2, 3].map(() => kills.weightOf(NEW))).toEqual([0.1, 0.5, 0.5]);
  expect(kills.weightOf(KNOWN)).toBe(0.1);
});

test('it says little where the system has killed for want of memory since, or does not tell', () => {
  let count = 0;
  const short = new KillEvidence(() => {
    count += 1;
    return String(count);
  });
  expect([1, 2, 3].map(() => short.weightOf(NEW))).toEqual([0.1, 0.1, 0.1]);
  const silent = new KillEvidence(() => undefined);
  expect([1, 2, 3].map(() => silent.weightOf(NEW))).toEqual([0.1, 0.1, 0.1]);
});

test('and where a process was killed that loaded nothing', () => {
  const kills = new KillEvidence(() => '3');
  kills.weightOf(NEW);
  kills.strayKill();
  expect(kills.weightOf(NEW)).toBe(0.1);
});
