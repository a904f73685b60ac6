import { readFileSync } from 'node:fs';
import { statFields } from './stat-fields.js';

/** How many generations of processes lie between this one and one whose memory it is told of. */
const MOST_GENERATIONS = 16;

let current: number | undefined;
let parentPid: number | undefined;

/** This process belongs to a pool of that one, which tells it of memory of its own and of its other children. */
export function isChildOf(pid: number): void {
  parentPid = pid;
}

/**
 * Notes which child the values come from that are read from now on; `undefined` ends that. What a child says of files is
 * believed of its own alone.
 */
export function readingFrom(pid: number | undefined): void {
  current = pid;
}

/** The child whose values are being read; `undefined` when they are not a child's. */
export function sender(): number | undefined {
  return current;
}

/**
 * Is it this process, the one whose pool it belongs to, or one that descends from either? Children forward arrays of each
 * other and of their own children. Where the system does not show that, any may be.
 */
export function isOfFamily(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  let ancestor: number | undefined = pid;
  for (let generation = 0; generation < MOST_GENERATIONS && ancestor !== undefined; generation += 1) {
    if (ancestor === process.pid || ancestor === parentPid) return true;
    ancestor = parentOf(ancestor);
  }
  return false;
}

/** See `statFields`. */
const PARENT_FIELD = 1;

function parentOf(pid: number): number | undefined {
  try {
    const parent = Number(statFields(readFileSync(`/proc/${pid}/stat`, 'latin1'))[PARENT_FIELD]);
    return parent > 1 ? parent : undefined;
  } catch {
    return undefined;
  }
}
