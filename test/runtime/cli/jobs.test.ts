import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { KeptJob, WholeJob } from '../../../runtime/src/inspect/queues/kept-jobs.js';
import { type RunningEngine, startEngine } from '../remote/engines.js';
import { Gated } from '../remote/gated.worker.mjs';
import { noChromium, openBrowser, serve } from '../web/served.js';
import { MPROC } from './looked-at.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-jobs-'));
let engine: RunningEngine;
let flags: string[];
const ids: string[] = [];

beforeAll(async () => {
  engine = await startEngine('sqlite');
  flags = ['--queues', `${fileURLToPath(engine.module)}#jobsQueue`];
  // Without a prefix, as the queues of a program are called.
  const { jobsQueue: queues } = await import(engine.module);
  const pool = new ProcessPool({ processes: 1, queues, keep: { ok: '1 h', failed: '1 h' } });
  const worker = Object.assign(new Gated(), { file: join(folder, 'log') });
  for (const n of [1, 2, 3]) {
    const does = n === 2 ? ({ does: 'throw' } as const) : {};
    ids.push((await pool.run(worker, { n, ...does, note: '<img src=x>' })).jobId);
  }
  await pool.close();
});
afterAll(async () => {
  await engine.remove();
  rmSync(folder, { recursive: true, force: true });
});

async function run(...words: string[]): Promise<{ status: number; stdout: string; stderr: string }> {
  const child = spawn(process.execPath, [MPROC, 'jobs', ...words], {
    env: engine.env,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream].setEncoding('utf8').on('data', (chunk: string) => {
      told[stream] += chunk;
    });
  const [status] = (await once(child, 'close')) as [number];
  return { status, ...told };
}

async function listed(...words: string[]): Promise<string[]> {
  const { status, stdout, stderr } = await run(...flags, ...words, '--json');
  expect([status, stderr]).toEqual([0, '']);
  return (JSON.parse(stdout) as { jobs: KeptJob[] }).jobs.map(({ jobId }) => jobId);
}

describe('mproc jobs', () => {
  test('lists answered jobs, the newest first, a line each', async () => {
    const { status, stdout, stderr } = await run(...flags);
    expect([status, stderr]).toEqual([0, '']);
    const [three, two, error, one, ...rest] = stdout.split('\n');
    expect(rest).toEqual(['']);
    for (const [line, id, state] of [
      [three, ids[2], 'ok'],
      [two, ids[1], 'failed'],
      [one, ids[0], 'ok'],
    ])
      expect(line).toMatch(new RegExp(`^${id}  Gated ${state} \\(1 attempt, ran \\S+, \\S+ ago\\)$`));
    expect(error).toBe('    RangeError: no 2 in two lines');
  });

  test('filters by class, state, time and error', async () => {
    expect(await listed()).toEqual([...ids].reverse());
    expect(await listed('--state', 'ok')).toEqual([ids[2], ids[0]]);
    expect(await listed('--class', 'Gated,Other', '--error', 'NO 2')).toEqual([ids[1]]);
    expect(await listed('--class', 'Other')).toEqual([]);
    expect(await listed('--older', '1h')).toEqual([]);
    expect(await listed('--newer', '1h', '--limit', '1')).toEqual([ids[2]]);
    expect((await run(...flags, '--limit', '1')).stdout).toMatch(/\nand more: --limit 10 lists them\n$/);
    expect((await run(...flags, '--class', 'Other')).stdout).toBe('no answered jobs\n');
  });

  test('shows all that is kept of a job by its id', async () => {
    const { stdout } = await run(ids[1]!, ...flags);
    expect(stdout).toMatch(
      /^job {7}\S+\nclass {5}Gated\nstate {5}failed\nattempts {2}1\nerror {5}RangeError: no 2 in two lines\nhost /,
    );
    expect(stdout).toContain("note: '<img src=x>'");
    const { jobs } = JSON.parse((await run(ids[0]!, ...flags, '--json')).stdout) as { jobs: WholeJob[] };
    expect(jobs).toMatchObject([{ jobId: ids[0], args: { n: 1 }, body: 1, attempts: 1, state: 'ok' }]);
  });

  test.each([
    [['--state', 'good'], '--state takes ok or failed; received good'],
    [['--older', 'long'], '--older takes a time, as 5s, 500ms or 2h; received long'],
    [['--limit', '0'], '--limit takes a whole number from 1; received 0'],
    [['none'], 'no answered job has the id none; mproc jobs shows them'],
  ])('says in one line what is wrong with %j', async (words, message) => {
    const { status, stdout, stderr } = await run(...words, ...flags);
    expect([status, stdout]).toEqual([1, '']);
    expect(stderr).toBe(`mproc jobs: ${message}\n`);
  });

  test('without a module says that shared memory keeps none', async () => {
    const { status, stderr } = await run();
    expect(status).toBe(1);
    expect(stderr).toMatch(/^mproc jobs: queues in shared memory keep no answered jobs; .*--queues .*\n$/);
  });
});

describe('answered jobs in mproc web', () => {
  test.skipIf(noChromium !== undefined)('are listed, filtered, and shown as text', async () => {
    Object.assign(process.env, { QUEUES_FOLDER: engine.env.QUEUES_FOLDER });
    await using served = await serve('--passive', ...flags, '--class', 'Gated');
    const browser = await openBrowser();
    const page = await browser.newPage();
    await page.goto(served.url);
    await page.waitForSelector('#job-list li');
    expect(await page.locator('#job-list li').count()).toBe(3);
    await page.selectOption('#jobs-state', 'failed');
    await page.getByRole('button', { name: 'Look', exact: true }).click();
    await page.waitForSelector('#job-list li:only-child');
    const job = page.locator('#job-list li').first();
    expect(await job.textContent()).toContain('RangeError: no 2 in two lines');
    await job.locator('summary').click();
    await page.waitForSelector('#job-list pre');
    expect(await job.locator('pre').textContent()).toContain("note: '<img src=x>'");
    expect(await page.locator('#job-list img').count()).toBe(0);
    await browser.close();
  });
});
