import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';

/** What a program may leave behind. */
export interface Census {
  readonly children: number;
  readonly zombies: number;
  readonly descriptors: number;
  readonly segments: number;
}

interface ProcessState {
  readonly state: string;
  readonly parent: number;
}

function stateOf(pid: string): ProcessState | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state = '', parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    // It has ended meanwhile.
    return undefined;
  }
}

function children(): ProcessState[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(stateOf)
    .filter((state): state is ProcessState => state?.parent === process.pid);
}

/** Without /dev/null, which Node.js opens once for its first stream, and keeps. */
export function descriptors(): string[] {
  return readdirSync('/proc/self/fd').flatMap((fd) => {
    try {
      const path = readlinkSync(`/proc/self/fd/${fd}`);
      return path === '/dev/null' ? [] : [`${fd} ${path}`];
    } catch {
      // It was the descriptor of this very look.
      return [];
    }
  });
}

/** Mappings of shared memory. It has no name, so nothing is seen of it in /dev/shm itself. */
function segments(): number {
  // What values showed is unmapped when nothing refers to them any more.
  globalThis.gc?.();
  const mappings = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return mappings.filter((line) => line.includes('/dev/shm/')).length;
}

export function census(): Census {
  const own = children();
  return {
    children: own.length,
    zombies: own.filter(({ state }) => state === 'Z').length,
    descriptors: descriptors().length,
    segments: segments(),
  };
}

/**
 * What is left once it no longer changes; empty when it is as before.
 * @param isCollected native libraries may keep what they have closed until the garbage collector finds it unused
 * @param waitMs how long ends may take
 */
export async function leftSince(before: Census, isCollected = false, waitMs = 5_000): Promise<string> {
  let left = '';
  for (const giveUpAt = performance.now() + waitMs; performance.now() < giveUpAt; await sleep(20)) {
    if (isCollected && left !== '') globalThis.gc?.();
    const now = census();
    left = (Object.keys(before) as (keyof Census)[])
      .filter((what) => now[what] > before[what])
      .map((what) => `${now[what] - before[what]} ${what}`)
      .join(', ');
    if (left === '') return left;
  }
  return `${left}; descriptors: ${descriptors().join(', ')}`;
}
