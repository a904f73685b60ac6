// What a pool may leave behind: children, zombies, files in shared memory, descriptors.
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { ProcessPool } from 'mproc-worker';
import { Echo } from './jobs.worker.mjs';

/** Fields of /proc/<pid>/stat after the name, which may hold anything. */
function statOf(pid) {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return { state, parent: Number(parent) };
  } catch {
    return undefined;
  }
}

export function childrenOf(pid = process.pid) {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((child) => statOf(child)?.parent === pid);
}

export function zombiesOf(pid = process.pid) {
  return childrenOf(pid).filter((child) => statOf(child)?.state === 'Z');
}

export function lives(pid) {
  const stat = statOf(pid);
  return stat !== undefined && stat.state !== 'Z';
}

export function segments() {
  return readdirSync('/dev/shm').filter(
    (name) => name.startsWith(`mproc-`) && name.includes(`${process.pid}`),
  );
}

/** Without /dev/null, which Node.js itself opens once, for its first stream, and keeps. */
export function descriptors() {
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
export async function warmUp() {
  const pool = new ProcessPool({ processes: 1 });
  await pool.run(new Echo(), 0);
  await pool.close();
}

export function residentBytes() {
  return process.memoryUsage.rss();
}

/** What there is now, to be compared with what there was. */
export function census() {
  return {
    children: childrenOf().length,
    zombies: zombiesOf().length,
    segments: segments().length,
    descriptors: descriptors(),
  };
}
