import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { Descriptors, Echo } from './jobs.worker.js';
import { lives, provePool, until } from './prove-pool.js';

const PARENT = fileURLToPath(new URL('../../chaos/programs/parent.mjs', import.meta.url));

/** Those whose command line says so. */
function processesWith(text: string): string[] {
  return readdirSync('/proc').filter((pid) => {
    try {
      return /^\d+$/.test(pid) && readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text);
    } catch {
      return false;
    }
  });
}

/** Its two processes. */
async function pidsOf(parent: ChildProcess): Promise<number[]> {
  let said = '';
  for await (const chunk of parent.stdout!) {
    said += chunk;
    if (!said.includes('\n')) continue;
    const pids = JSON.parse(said) as number[];
    expect(pids).toHaveLength(2);
    for (const pid of pids) expect(pid).toBeGreaterThan(0);
    return pids;
  }
  throw new Error(`the parent ended and said ${said}`);
}

test.each([
  ['SIGTERM', 'spin'],
  ['SIGKILL', 'spin'],
  ['SIGKILL', 'thread'],
  ['SIGHUP', 'idle'],
] as const)('a parent that %s ends takes its children along (%s)', async (signal, kind) => {
  const parent = spawn(process.execPath, [PARENT, kind], { stdio: ['ignore', 'pipe', 'inherit'] });
  const pids = await pidsOf(parent);
  parent.kill(signal);
  if (parent.exitCode === null && parent.signalCode === null) await once(parent, 'exit');
  await until(() => !pids.some(lives));
});

test('children whose parent is gone before they can ask to die with it end all the same', async () => {
  const parent = spawn(process.execPath, [PARENT, 'booting'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    env: { ...process.env, MPROC_FAILPOINT: 'pool.booting:sleep(600000)' },
  });
  const pids = await pidsOf(parent);
  await delay(700);
  expect(pids.filter(lives)).toHaveLength(2);
  // They sleep where they have not asked for anything yet.
  parent.kill('SIGKILL');
  await until(() => !pids.some(lives));
});

test('a child whose parent dies in the moment of the fork notices when it has started', async () => {
  const parent = spawn(process.execPath, [PARENT, 'booting', '1'], {
    stdio: ['ignore', 'inherit', 'inherit'],
    env: { ...process.env, MPROC_FAILPOINT: 'parent.forked:SIGKILL,pool.booting:stop' },
  });
  const childrenOfParent = () => processesWith(`"parentPid":${parent.pid},`);
  await once(parent, 'exit');
  expect(parent.signalCode).toBe('SIGKILL');
  const [child, ...more] = childrenOfParent();
  expect({ child, more }).toEqual({ child: expect.any(String), more: [] });
  await until(() => readFileSync(`/proc/${child}/stat`, 'latin1').includes(') T '));
  process.kill(Number(child), 'SIGCONT');
  await until(() => childrenOfParent().length === 0);
});

test('children of a thread end with it, though its process lives', async () => {
  const parent = spawn(process.execPath, [PARENT, 'thread-that-ends'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const pids = await pidsOf(parent);
  expect(pids.filter(lives)).toHaveLength(2);
  parent.kill('SIGUSR2');
  await until(() => !pids.some(lives));
  expect(lives(parent.pid!)).toBe(true);
  parent.kill('SIGKILL');
});

test('SIGINT to the whole group ends parent and children', async () => {
  const parent = spawn(process.execPath, [PARENT, 'spin'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  const pids = await pidsOf(parent);
  process.kill(-parent.pid!, 'SIGINT');
  if (parent.exitCode === null && parent.signalCode === null) await once(parent, 'exit');
  await until(() => !pids.some(lives));
});

test('children end with a parent whose stdout is a broken pipe', async () => {
  const parent = spawn(process.execPath, [PARENT, 'wait'], { stdio: ['ignore', 'pipe', 'ignore'] });
  const pids = await pidsOf(parent);
  parent.stdout!.destroy();
  parent.kill('SIGKILL');
  await until(() => !pids.some(lives));
});

test('a process that a job starts inherits no descriptor of ours', () =>
  provePool({ processes: 1 }, async (pool) => {
    await pool.run(new Echo(), 1);
    const { body } = await pool.run(new Descriptors(), 0);
    expect(body!.filter((descriptor) => /shm|mproc|\(deleted\)/.test(descriptor))).toEqual([]);
    // The pipes of its own standard streams, and the event loop's; no socket beyond the standard three.
    expect(body!.filter((descriptor) => /^(?:[3-9]|\d\d+) socket/.test(descriptor))).toEqual([]);
  }));
