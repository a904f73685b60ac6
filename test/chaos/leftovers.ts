// What a pool may leave behind: children, zombies, files in shared memory, descriptors.
import { readdirSync, readFileSync, readlinkSync, watch } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { ProcessPool } from 'mproc-worker';
import { Echo } from './jobs.worker.mjs';

/** Fields of /proc/<pid>/stat after the name, which may hold anything. */
function statOf(pid: number): { readonly state: string | undefined; readonly parent: number } | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

/** Those of each of its threads. To look at every process instead takes milliseconds, and is done where the list is not there. */
export function childrenOf(pid = process.pid): number[] {
  try {
    return readdirSync(`/proc/${pid}/task`).flatMap((thread) =>
      readFileSync(`/proc/${pid}/task/${thread}/children`, 'latin1').split(' ').filter(Boolean).map(Number),
    );
  } catch {
    return childrenAmongAll(pid);
  }
}

function childrenAmongAll(pid: number): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => statOf(child)?.parent === pid);
}

export function zombiesOf(pid = process.pid): number[] {
  return childrenOf(pid).filter((child) => statOf(child)?.state === 'Z');
}

export function lives(pid: number): boolean {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z';
}

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Mappings of shared memory. It has no name, so nothing is seen of it in /dev/shm itself. */
export function segments(): string[] {
  // What values showed is unmapped when nothing refers to them any more.
  collectGarbage();
  const mappings = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return mappings.filter((line) => line.includes('/dev/shm/'));
}

/** Without /dev/null, which Node.js itself opens once, for its first stream, and keeps. */
export function descriptors(): number {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return readlinkSync(`/proc/self/fd/${fd}`) !== '/dev/null';
    } catch {
      // It was the descriptor of this very look.
      return false;
    }
  }).length;
}

/** Loads what a process loads once, so that it does not count as left behind. */
export async function warmUp(): Promise<void> {
  const pool = new ProcessPool({ processes: 1 });
  await pool.run(new Echo(), 0);
  await pool.close();
  // Who sleeps in a named queue watches its file: Node.js opens one descriptor for all that it ever watches, and keeps it.
  watch('/dev/shm').close();
}

export type Census = Readonly<Record<'children' | 'zombies' | 'segments' | 'descriptors', number>>;

/** What there is now, to be compared with what there was. */
export function census(): Census {
  return {
    children: childrenOf().length,
    zombies: zombiesOf().length,
    segments: segments().length,
    descriptors: descriptors(),
  };
}

const LEFT_MS = 30_000;

/** What there is more than before, once that no longer goes away by itself. */
export async function leftSince(before: Census): Promise<Census> {
  for (const giveUpAt = performance.now() + LEFT_MS; ; await delay(20)) {
    const now = census();
    const more = (what: keyof Census): number => Math.max(0, now[what] - before[what]);
    const left = {
      children: more('children'),
      zombies: more('zombies'),
      segments: more('segments'),
      descriptors: more('descriptors'),
    };
    if (isNothing(left) || performance.now() > giveUpAt) return left;
  }
}

export function isNothing(left: Census): boolean {
  return Object.values(left).every((count) => count === 0);
}
