import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { FAILPOINTS } from '../../../runtime/src/failpoints/failpoints.js';
import { SharedMemoryQueue } from '../../../runtime/src/queues/index.js';
import { expectLawfulLog, readLog } from '../../../runtime/src/testing/queue/log.js';
import { filesOf, lookInside } from './queue-inside.js';

const churn = fileURLToPath(new URL('../../chaos/programs/churn.mjs', import.meta.url));
const folder = mkdtempSync(`${tmpdir()}/mproc-deaths-`);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const names = Object.keys(FAILPOINTS).filter((name) => name.startsWith('queue.'));
const inRepair = names.filter((name) => name.startsWith('queue.repair'));
/** Passed while a queue is made or destroyed, which `churn` does once or never. */
const inLife = ['queue.file-made', 'queue.file-linked', 'queue.marked-destroyed', 'queue.registering'];
/** Passed while somebody sleeps, which `churn` never does: see lost-wake-ups.test.ts. */
const inSleep = ['queue.ring-due', 'queue.rung'];
const inUse = names.filter((name) => ![...inRepair, ...inLife, ...inSleep].includes(name));

/**
 * Keeps the queue in use from now on: between two processes nobody else may have it, and the tests of `mproc clean`, which
 * run beside these, remove what no living process uses.
 */
function keepInUse(name: string): SharedMemoryQueue {
  return new SharedMemoryQueue(name, { leaseMs: 2_000, maxAttempts: 50, memoryBytes: 2 ** 20 });
}

function start(queue: string, log: string, prefix: string, failpoint: string): ChildProcess {
  return spawn(process.execPath, [churn, queue, log, prefix, '40'], {
    env: { ...process.env, MPROC_FAILPOINT: failpoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
}

/** What ended a process: a signal, or its exit code. */
async function endOf(child: ChildProcess): Promise<NodeJS.Signals | number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.signalCode ?? child.exitCode;
}

/** Asked in one look: between two, what a dead process had leased becomes ready, and neither would see it. */
async function holdsAnything(queue: SharedMemoryQueue<string[]>): Promise<boolean> {
  const { ready, delayed, leased } = await queue.counts();
  return ready + delayed + leased > 0;
}

/** What is left is taken by a living process; then nothing may be lost, and every cell must be free. */
async function expectSound(name: string, log: string, killed: Set<number>): Promise<void> {
  const queue = new SharedMemoryQueue<string[]>(name, { leaseMs: 60_000, maxAttempts: 50 });
  try {
    const left = new Set<string>();
    await queue.dead.requeue();
    while (await holdsAnything(queue)) {
      const leases = await queue.reserve(64, { waitMs: 500 });
      for (const [value] of leases.map((lease) => lease.value)) {
        expect(left.has(value!), `${value} came twice`).toBe(false);
        left.add(value!);
      }
      expect(await queue.ack(leases)).toEqual(leases.map(() => 'ok'));
      await queue.dead.requeue();
    }
    expectLawfulLog(readLog(log), killed, left);
    const { cellCount, freeCount, usedCells } = lookInside(name);
    expect({ freeCount, usedCells }).toEqual({ freeCount: cellCount, usedCells: 0 });
  } finally {
    await queue.destroy();
  }
  expect(filesOf(name)).toEqual([]);
}

test.each(inUse)('whoever dies at %s loses nothing, and the others go on', async (failpoint) => {
  const name = `private-deaths-${process.pid}-${failpoint}`;
  const log = `${folder}/${failpoint}.jsonl`;
  const keeper = keepInUse(name);
  const victims = [1, 3, 8].map((nth) => start(name, log, `victim${nth}`, `${failpoint}:SIGKILL:${nth}`));
  const survivor = start(name, log, 'survivor', '');
  expect(await Promise.all(victims.map(endOf))).toEqual(victims.map(() => 'SIGKILL'));
  expect(await endOf(survivor)).toBe(0);
  const killed = new Set(victims.map((victim) => victim.pid ?? 0));
  await expectSound(name, log, killed);
  await keeper.close();
});

test.each(inRepair)('whoever dies at %s is repaired after in turn', async (failpoint) => {
  const name = `private-deaths-${process.pid}-${failpoint}`;
  const log = `${folder}/${failpoint}.jsonl`;
  const killed = new Set<number>();
  const keeper = keepInUse(name);
  // The first dies with the lock, the second while it repairs after the first.
  for (const plan of ['queue.put-published:SIGKILL:9', `${failpoint}:SIGKILL:1`]) {
    const victim = start(name, log, plan, plan);
    expect(await endOf(victim)).toBe('SIGKILL');
    killed.add(victim.pid!);
  }
  expect(await endOf(start(name, log, 'survivor', ''))).toBe(0);
  await expectSound(name, log, killed);
  await keeper.close();
});

test('whoever dies while it makes or enters a queue leaves nothing in the way', async () => {
  for (const failpoint of inLife.filter((name) => name !== 'queue.marked-destroyed')) {
    const name = `private-deaths-${process.pid}-${failpoint}`;
    const log = `${folder}/${failpoint}.jsonl`;
    const victim = start(name, log, 'victim', `${failpoint}:SIGKILL`);
    expect(await endOf(victim)).toBe('SIGKILL');
    expect(await endOf(start(name, log, 'survivor', ''))).toBe(0);
    const left = filesOf(name).filter((file) => file.includes('~new'));
    const itsOwn = expect.stringMatching(new RegExp(`^mproc-q-${name}~new${victim.pid}-\\d+-\\d+$`));
    expect(left).toEqual(failpoint === 'queue.registering' ? [] : [itsOwn]);
    for (const file of left) rmSync(`/dev/shm/${file}`);
    await expectSound(name, log, new Set([victim.pid!]));
  }
});
