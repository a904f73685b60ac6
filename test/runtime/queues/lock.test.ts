import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { afterEach, expect, test } from 'vitest';
import { SharedMemoryQueue } from '../../../runtime/src/queues/index.js';
import { HEADER } from '../../../runtime/src/queues/shared-memory/layout.js';
import { openQueueFile } from '../../../runtime/src/queues/shared-memory/queue-file.js';
import { withMoreTime } from '../../more-time.js';
import { until } from '../pool/prove-pool.js';

const churn = fileURLToPath(new URL('../../chaos/programs/churn.mjs', import.meta.url));
const children: ChildProcess[] = [];
const queues: SharedMemoryQueue[] = [];

afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  for (const queue of queues.splice(0)) await queue.destroy();
});

function startChurn(queue: string, failpoint: string): ChildProcess {
  const child = spawn(process.execPath, [churn, queue, '/dev/null', 'x', '20'], {
    env: { ...process.env, MPROC_FAILPOINT: failpoint },
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  children.push(child);
  return child;
}

function open(name: string, lockTimeoutMs: number): SharedMemoryQueue {
  const queue = new SharedMemoryQueue(name, { lockTimeoutMs, memoryBytes: 2 ** 20 });
  queues.push(queue);
  return queue;
}

async function untilStopped(child: ChildProcess): Promise<void> {
  await until(() => readFileSync(`/proc/${child.pid}/stat`, 'latin1').includes(') T '));
}

test('while a stopped process holds the lock, others wait with a free event loop, then reject and name it', () =>
  withMoreTime([400, 4_000, 40_000], waitsForStopped));

async function waitsForStopped(lockTimeoutMs: number): Promise<void> {
  const queue = open(`lock-${process.pid}-stopped-${lockTimeoutMs}`, lockTimeoutMs);
  const child = startChurn(queue.name, 'queue.put-published:stop:4');
  await untilStopped(child);
  let turns = 0;
  const counting = setInterval(() => {
    turns += 1;
  }, 5);
  await expect(queue.put(['x'])).rejects.toMatchObject({
    code: 'ERR_LOCK_TIMEOUT',
    message: expect.stringMatching(new RegExp(`process ${child.pid} \\(stopped\\)`)),
  });
  clearInterval(counting);
  expect(turns).toBeGreaterThan(10);
  child.kill('SIGCONT');
  const [code] = await once(child, 'exit');
  expect(code).toBe(0);
  await queue.put(['after']);
  expect(await queue.getAll()).toContain('after');
}

test('when the stopped process is killed, its lock is taken over by who waits', async () => {
  const queue = open(`lock-${process.pid}-killed`, 30_000);
  const child = startChurn(queue.name, 'queue.put-published:stop:4');
  await untilStopped(child);
  const waiting = queue.put(['patient']);
  await sleep(100);
  child.kill('SIGKILL');
  await waiting;
  expect(await queue.getAll()).toContain('patient');
});

test('a lock that names nobody, a participant that is none, or this process is taken over', async () => {
  const queue = open(`lock-${process.pid}-odd`, 5_000);
  await queue.put([1]);
  const segment = openQueueFile(queue.name, 0, false);
  for (const word of [1, 2, 200, 0xfff, -1, 0x7fffffff]) {
    Atomics.store(segment.words, HEADER.word.lock, word);
    expect(await queue.size()).toBe(1);
  }
  segment.detach();
});

test('many that want the lock at once all get it', async () => {
  const name = `lock-${process.pid}-crowd`;
  const crowd = Array.from({ length: 20 }, () => open(name, 30_000));
  await Promise.all(
    crowd.map(async (queue, index) => {
      for (let round = 0; round < 50; round += 1) await queue.put([`${index}:${round}`]);
    }),
  );
  expect(new Set(await crowd[0]!.getAll()).size).toBe(1_000);
});
