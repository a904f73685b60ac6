import { randomInt } from 'node:crypto';
import { lstatSync } from 'node:fs';
import { systemError } from '../../errors/system-error.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { Segment } from '../../segment/segment.js';
import { largeValueFiles } from './large-values.js';
import { HEADER } from './layout.js';
import { livePids } from './participants.js';
import { checkedQueue, removeIfSame } from './queue-file.js';
import type { QueueSegment } from './queue-segment.js';

const MARK = HEADER.word.destroyed;
const IN_USE = 0;
const DESTROYED = 1;
/** Marks of cleaners are from here on, a new one each time: who finds its own has been disturbed by nobody. */
const FIRST_MARK = 2;

/** What became of a queue that was to be removed if no living process uses it. */
export interface Cleaning {
  readonly isRemoved: boolean;
  /** Values that it held. */
  readonly values: number;
  /** Living processes that use it, and those of which the system does not say whether they live. */
  readonly pids: readonly number[];
  /** Files of its large values that were removed with it. */
  readonly files: readonly string[];
  /** Why it could not be judged. */
  readonly problem?: string;
}

interface LargeFile {
  readonly path: string;
  readonly inode: number;
}

/**
 * Removes a queue that no living process uses, with the files of its large values. It is judged and removed under a mark:
 * who opens it meanwhile is seen, or takes the mark away, or finds the queue destroyed and makes a new one. Nobody is left
 * with a queue without a name, and no file of a queue that is kept, or that was made after it, is touched.
 */
export function removeUnusedQueue(path: string, name: string): Cleaning {
  return withQueue(path, name, (segment) => removeUnused(segment, path));
}

function withQueue(path: string, name: string, use: (segment: QueueSegment) => Cleaning): Cleaning {
  let segment: QueueSegment | undefined;
  try {
    const mapping = Segment.openAt(path);
    segment = mapping && checkedQueue(mapping, name);
    return segment === undefined ? kept({ problem: 'it is gone' }) : use(segment);
  } catch (error) {
    // What cannot be judged is kept, whatever the reason.
    return kept({ problem: (error as Error).message });
  } finally {
    segment?.detach();
  }
}

function kept(more: Partial<Cleaning>): Cleaning {
  return { isRemoved: false, values: 0, pids: [], files: [], ...more };
}

function removeUnused(segment: QueueSegment, path: string): Cleaning {
  const values = valuesIn(segment);
  const mark = putMark(segment);
  const pids = segment.destroyed ? [] : livePids(segment);
  if (pids.length > 0) {
    Atomics.compareExchange(segment.words, MARK, mark, IN_USE);
    return kept({ values, pids });
  }
  // Listed while the name leads to this queue: a file that is made for the next one of the name is not among them.
  const files = filesOf(segment.name);
  failpoint('clean.judged');
  // SYNC: after the look at the participants; who opens the queue registers first, and then takes marks away.
  const isOurs = Atomics.compareExchange(segment.words, MARK, mark, DESTROYED) === mark;
  if (!segment.destroyed) return kept({ values, pids: livePids(segment) });
  if (!isOurs && !leadsTo(path, segment.inode)) return kept({ values, problem: 'it is gone' });
  failpoint('clean.destroyed');
  for (const file of files) removeIfSame(file.path, file.inode);
  removeIfSame(path, segment.inode);
  return { isRemoved: true, values, pids, files: files.map((file) => file.path) };
}

/** How many values a queue holds, as its header says. */
function valuesIn({ words }: QueueSegment): number {
  const { readyCount, timerCount, deadCount } = HEADER.word;
  return words[readyCount]! + words[timerCount]! + words[deadCount]!;
}

/** The same, but changes nothing. */
export function describeQueueFile(path: string, name: string): Cleaning {
  return withQueue(path, name, (segment) =>
    kept({ values: valuesIn(segment), pids: segment.destroyed ? [] : livePids(segment) }),
  );
}

/** Takes over from a cleaner that has died, or that is at it: that one gives up. Not for a queue that is destroyed. */
function putMark({ words }: QueueSegment): number {
  const mark = randomInt(FIRST_MARK, 2 ** 31);
  for (;;) {
    const found = Atomics.load(words, MARK);
    if (found === DESTROYED || Atomics.compareExchange(words, MARK, found, mark) === found) return mark;
  }
}

function filesOf(queue: string): LargeFile[] {
  return largeValueFiles(queue).flatMap(({ path }) => {
    const inode = inodeOf(path);
    return inode === undefined ? [] : [{ path, inode }];
  });
}

function leadsTo(path: string, inode: number): boolean {
  return inodeOf(path) === inode;
}

/** `undefined` when nothing has the name. @throws MprocError `ERR_SYSTEM` */
export function inodeOf(path: string): number | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false })?.ino;
  } catch (error) {
    throw systemError(`${path} could not be looked at`, error);
  }
}

/** After registering: from now on a cleaner sees this process. `false` when it was too late. */
export function keepFromCleaner({ words }: QueueSegment): boolean {
  for (;;) {
    const found = Atomics.load(words, MARK);
    if (found === DESTROYED) return false;
    // SYNC: after registering; pairs with the cleaner's look at the participants after it has put its mark.
    if (Atomics.compareExchange(words, MARK, found, IN_USE) === found) return true;
  }
}
