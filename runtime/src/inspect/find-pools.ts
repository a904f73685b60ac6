import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { POOL_HEADER, POOL_SEGMENT } from '../pool/transport/layout.js';
import { SEGMENT_FOLDER } from '../segment/shared-folder.js';
import { allPids, argumentsOf, descriptorsOf, innerPidOf, userOf } from './proc.js';

/** A pool that a process has, open to be read. */
export interface FoundPool {
  /** Tells it from other pools while it lives. */
  readonly id: string;
  /** The process that made it, by its number here. */
  readonly pid: number;
  readonly fd: number;
  readonly lengthBytes: number;
}

/** A pool, or what may be one, that cannot be looked into. */
export interface OtherPool {
  readonly pid: number;
  readonly program: string;
  readonly problem: string;
}

export interface FoundPools {
  readonly pools: readonly FoundPool[];
  readonly others: readonly OtherPool[];
}

/** Files without a name in the folder of shared memory, and memory files: a pool's segment is one of these. */
const SEGMENT = new RegExp(`^(${SEGMENT_FOLDER}/.* \\(deleted\\)|/memfd:mproc \\(deleted\\))$`);
/** A child of a pool says so in its arguments, which all users can read. */
const CHILD = /^mproc-child:.*"parentPid":(\d+)/;

/**
 * Looks through the open files of all processes of this user for segments of pools. They are read and not mapped: a file
 * that somebody cuts short while it is mapped would end this process.
 */
export function findPools(): FoundPools {
  const user = process.geteuid?.();
  const pools = new Map<string, FoundPool>();
  const others = new Map<number, OtherPool>();
  for (const pid of allPids()) {
    const owner = userOf(pid);
    if (owner !== user) {
      const parent = owner === undefined ? undefined : poolOfOther(pid);
      if (parent !== undefined) others.set(parent, other(parent, `belongs to user ${owner}`));
      continue;
    }
    for (const [path, target] of descriptorsOf(pid)) if (SEGMENT.test(target)) open(pid, path, pools, others);
  }
  return { pools: [...pools.values()].sort((a, b) => a.pid - b.pid), others: [...others.values()] };
}

/** Of a child of a pool: who made the pool. */
function poolOfOther(pid: number): number | undefined {
  for (const word of argumentsOf(pid)) {
    const parent = CHILD.exec(word)?.[1];
    if (parent !== undefined) return Number(parent);
  }
  return undefined;
}

function other(pid: number, problem: string): OtherPool {
  return { pid, program: programOf(pid), problem };
}

/** Flags whose value is the next word; tsx starts programs with two of them. */
const WITH_VALUE = new Set(
  '-r --require --import --loader --experimental-loader -C --conditions --env-file --env-file-if-exists --title --watch-path --inspect-port'.split(
    ' ',
  ),
);

/** What a process runs: its file of JavaScript and what follows, without Node.js and its flags. */
export function programOf(pid: number): string {
  const [node = '', ...rest] = argumentsOf(pid);
  const from = rest.findIndex((word, at) => !word.startsWith('-') && !WITH_VALUE.has(rest[at - 1] ?? ''));
  const words = from === -1 ? [node, ...rest] : rest.slice(from);
  return (
    words
      .join(' ')
      .replace(/[^\x20-\x7e]/g, '?')
      .slice(0, 200) || node
  );
}

function open(
  pid: number,
  path: string,
  pools: Map<string, FoundPool>,
  others: Map<number, OtherPool>,
): void {
  let fd: number | undefined;
  try {
    fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
    const { dev, ino, size } = fstatSync(fd);
    const header = new Int32Array(POOL_HEADER.lengthWords);
    const bytes = new Uint8Array(header.buffer);
    const isPool =
      readSync(fd, bytes, 0, bytes.length, 0) === bytes.length &&
      header[POOL_HEADER.word.magic] === POOL_SEGMENT.magic;
    const version = header[POOL_HEADER.word.version];
    if (isPool && version !== POOL_SEGMENT.version)
      others.set(
        pid,
        other(
          pid,
          `is of another version of mproc-worker: its memory has layout ${version}, this one reads ${POOL_SEGMENT.version}`,
        ),
      );
    // A child that starts has it, too, for a moment.
    const isOwner = header[POOL_HEADER.word.pid] === innerPidOf(pid);
    if (!isPool || version !== POOL_SEGMENT.version || !isOwner || pools.has(`${dev}:${ino}`)) return;
    pools.set(`${dev}:${ino}`, { id: `${pid}-${ino}`, pid, fd, lengthBytes: size });
    fd = undefined;
  } catch {
    // It has ended meanwhile, or the file was closed.
  } finally {
    if (fd !== undefined) closeSync(fd);
  }
}
