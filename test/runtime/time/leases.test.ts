import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool, SharedMemoryQueue, sharedMemoryQueue } from 'mproc-worker';
import { afterAll, expect, test } from 'vitest';
import { withMoreTime } from '../../more-time.js';
import { Ledger } from '../pool/jobs.worker.js';
import { until } from '../pool/prove-pool.js';

const HOLDER = fileURLToPath(new URL('./stopped-holder.mjs', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-leases-'));
afterAll(() => rmSync(folder, { recursive: true }));

function linesOf(file: string): string[] {
  return readFileSync(file, 'utf8').trim().split('\n');
}

/** A machine that keeps this process waiting for two thirds of it has the lease end: a matter of the next one, then. */
const LEASES_MS = [400, 2_000, 10_000] as const;

test('a loop longer than its lease runs once: whoever has the lease renews it, though the process is busy', () =>
  withMoreTime(LEASES_MS, runsOnce));

async function runsOnce(leaseMs: number): Promise<void> {
  const space = `leases-${process.pid}-${leaseMs}`;
  const file = join(folder, `pool-${leaseMs}`);
  const queues = (name: string, options: { leaseMs: number; maxAttempts: number }) =>
    sharedMemoryQueue()(`${space}.${name}`, options);
  const options = { processes: 1, leaseMs, queues };
  const asking = new ProcessPool(options);
  const waiting = new ProcessPool(options);
  const stopping = new AbortController();
  const work = waiting.work([Ledger], { signal: stopping.signal });
  const ms = 5 * leaseMs;
  const responses = await asking.map(new Ledger(), [
    { file, ms },
    { file, ms },
  ]);
  stopping.abort();
  await work;
  await Promise.all([asking.close(), waiting.close()]);
  const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
  const counts = await queue.counts();
  await queue.destroy();
  expect(responses.map(({ body, attempts }) => [body, attempts.length])).toEqual([
    ['done', 1],
    ['done', 1],
  ]);
  const lines = linesOf(file);
  expect(lines.filter((line) => line.startsWith('begin'))).toHaveLength(2);
  expect(lines.filter((line) => line.startsWith('end'))).toHaveLength(2);
  expect(counts).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
}

test('a loop longer than any lease is nothing to a pool without queues: its processes hold no lease', async () => {
  const file = join(folder, 'alone');
  const pool = new ProcessPool({ processes: 2, leaseMs: 50 });
  const responses = await pool.map(new Ledger(), [
    { file, ms: 1_000 },
    { file, ms: 1_000 },
    { file, ms: 10 },
  ]);
  await pool.close();
  expect(responses.map(({ ok, attempts }) => [ok, attempts.length])).toEqual(Array(3).fill([true, 1]));
  expect(linesOf(file).filter((line) => line.startsWith('begin'))).toHaveLength(3);
});

test('a process that is stopped loses its lease, and harms nobody when it is let on', async () => {
  const name = `leases-${process.pid}-stopped`;
  // The lease of the other process ends soon, and that of this one not before the test does.
  const queue = SharedMemoryQueue.open<string>(name, { leaseMs: 600_000 });
  await queue.put(['once']);
  const holder = spawn(process.execPath, [HOLDER, name], { stdio: ['ignore', 'pipe', 'inherit'] });
  await until(() => readFileSync(`/proc/${holder.pid}/stat`, 'latin1').includes(') T '));
  const [lease] = await queue.reserve(1, { waitMs: 240_000 });
  expect(lease).toMatchObject({ value: 'once', attempt: 2 });
  holder.kill('SIGCONT');
  const [said] = (await once(holder.stdout!, 'data')) as [Buffer];
  expect(JSON.parse(String(said))).toEqual(['lost', 'lost', 'lost']);
  await once(holder, 'exit');
  expect(await queue.extend([lease!])).toEqual(['ok']);
  expect(await queue.ack([lease!])).toEqual(['ok']);
  expect(await queue.counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
  await queue.destroy();
});
