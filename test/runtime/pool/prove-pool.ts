import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
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

/** Those of each of its threads. To look at every process instead takes milliseconds, and is done where the list is not there. */
export function childrenOf(parent: number): number[] {
  try {
    return readdirSync(`/proc/${parent}/task`).flatMap((thread) =>
      readFileSync(`/proc/${parent}/task/${thread}/children`, 'latin1')
        .split(' ')
        .filter(Boolean)
        .map(Number),
    );
  } catch {
    return childrenAmongAll(parent);
  }
}

function childrenAmongAll(parent: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => statOf(pid)?.parent === parent);
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Mappings of shared memory. It has no name, so nothing is seen of it in /dev/shm itself. */
function segments(): number {
  const mappings = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return mappings.filter((line) => line.includes('/dev/shm/')).length;
}

function census(): { readonly children: number; readonly segments: number; readonly descriptors: number } {
  return {
    children: childrenOf(process.pid).length,
    segments: segments(),
    descriptors: readdirSync('/proc/self/fd').length,
  };
}

/** What values showed is unmapped when nothing refers to them any more. */
function withoutGarbage(): ReturnType<typeof census> {
  collectGarbage();
  return census();
}

export async function until(condition: () => boolean | Promise<boolean>, forMs = 240_000): Promise<void> {
  for (const giveUpAt = Date.now() + forMs; !(await condition()); await delay(10))
    if (Date.now() > giveUpAt) throw new Error(`not within ${forMs} ms: ${condition}`);
}

/** Ends a program that has pools. Their processes notice that a moment later, and run what they are at until then. */
export async function endProgram(program: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (program.exitCode !== null || program.signalCode !== null) return;
  const children = childrenOf(program.pid!);
  const exited = once(program, 'exit');
  program.kill(signal);
  await exited;
  await until(() => !children.some(lives));
}

/** `every` would hold of none, too. */
export function expectAllOk(responses: readonly { readonly ok: boolean }[], count: number): void {
  expect(responses.length).toBe(count);
  expect(responses.filter(({ ok }) => !ok)).toEqual([]);
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
  const before = withoutGarbage();
  await usePool(options, body);
  await until(() => childrenOf(process.pid).length === before.children);
  expect(census().descriptors).toBeLessThanOrEqual(before.descriptors);
  await until(() => withoutGarbage().segments <= before.segments);
}

/** Apart, so that nothing refers to the pool any more, nor it to the values of its calls, when all is counted. */
async function usePool(
  options: PoolOptions,
  body: (pool: ProcessPool) => Promise<void> | void,
): Promise<void> {
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
}
