import { availableParallelism, totalmem } from 'node:os';
import { groupFolders, groupLimits } from './cgroup.js';

/** So much of the memory that this process and its children may have is for one purpose, at most. */
const PART_OF_MEMORY = 1 / 8;

let folders: ReturnType<typeof groupFolders> | undefined;

function limits() {
  if (process.platform !== 'linux') return { processors: undefined, memoryBytes: undefined };
  folders ??= groupFolders();
  return groupLimits('/', folders);
}

/** How many processors there are for this process and its children: whole ones, and one at least. */
export function usableProcessors(): number {
  const { processors = Number.POSITIVE_INFINITY } = limits();
  return Math.max(1, Math.min(availableParallelism(), Math.floor(processors)));
}

let memory: number | undefined;

/** What this process and its children may take of the machine's memory together, in bytes, as of the first call. */
export function usableMemoryBytes(): number {
  memory ??= Math.min(totalmem(), limits().memoryBytes ?? Number.POSITIVE_INFINITY);
  return memory;
}

/** @param mostBytes what is taken for this where there is memory enough */
export function boundedBytes(mostBytes: number): number {
  return Math.min(mostBytes, Math.floor(usableMemoryBytes() * PART_OF_MEMORY));
}
