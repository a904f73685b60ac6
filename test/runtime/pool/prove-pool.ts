import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type PoolOptions, ProcessPool } from 'mproc-worker';
import { expect } from 'vitest';
import { Echo } from './jobs.worker.js';

/** Fields of /proc/<pid>/stat after the name, which may hold anything. */
function statOf(pid: number): { state: string; parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

export function lives(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z';
}

export function childrenOf(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.parent === parent);
}

function segments(): number {
  return readdirSync('/dev/shm').filter(
    (name) => name.startsWith('mproc-') && name.includes(`-${process.pid}-`),
  ).length;
}

function census(): Record<string, number> {
  return {
    children: childrenOf(process.pid).length,
    segments: segments(),
    descriptors: readdirSync('/proc/self/fd').length,
  };
}

export async function until(condition: () => boolean, forMs = 20_000): Promise<void> {
  for (const giveUpAt = Date.now() + forMs; !condition(); await delay(10))
    if (Date.now() > giveUpAt) throw new Error(`not within ${forMs} ms: ${condition}`);
}

const silent = { error() {}, warn() {}, info() {}, debug() {} };

/** Loads what is loaded once per process, so that it does not count as left behind. */
let warm: Promise<void> | undefined;
async function warmUp(): Promise<void> {
  const pool = new ProcessPool({ processes: 1 });
  await pool.run(new Echo(), 0);
  await pool.close();
}

/**
 * Gives the body a pool; afterwards the pool must still answer, in order, one response each (unless the body has ended
 * it), and nothing of it may be left: no place of a job in shared memory, no child, no segment, no descriptor.
 */
export async function provePool(
  options: PoolOptions,
  body: (pool: ProcessPool) => Promise<void> | void,
): Promise<void> {
  warm ??= warmUp();
  await warm;
  const before = census();
  const pool = new ProcessPool({ processes: 2, logger: silent as never, ...options });
  let isOver = false;
  pool.once('close', () => {
    isOver = true;
  });
  try {
    await body(pool);
    if (!isOver) {
      const responses = await pool.map(new Echo(), ['a', 'b', 'c', 'd', 'e']);
      expect(responses.map(({ ok, body, index }) => [ok, body, index])).toEqual([
        [true, 'a', 0],
        [true, 'b', 1],
        [true, 'c', 2],
        [true, 'd', 3],
        [true, 'e', 4],
      ]);
      expect(pool.stats()).toMatchObject({ outstanding: 0, delayed: 0 });
      // A job that was stopped holds its place until its process says so, or is killed.
      await until(() => pool.stats().inMemory === 0);
      await pool.close();
    }
  } finally {
    await pool.destroy();
  }
  await until(() => census().children === before.children);
  const after = census();
  expect(after.segments).toBe(before.segments);
  expect(after.descriptors).toBeLessThanOrEqual(before.descriptors!);
}
