import { randomBytes } from 'node:crypto';
import { fstatSync, linkSync, lstatSync, unlinkSync } from 'node:fs';
import { MprocError } from '../../errors/errors.js';
import { saysGone, systemError } from '../../errors/system-error.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { place } from '../../layout/layout.js';
import { Segment } from '../../segment/segment.js';
import { removeFiles } from './large-values.js';
import { HEADER, MAX_PARTICIPANTS, PARTICIPANT, QUEUE_SEGMENT } from './layout.js';
import { pidNamespace } from './process-identity.js';
import { queuePath, unfinishedPath } from './queue-name.js';
import { cellCountFor, DamageError, QueueSegment } from './queue-segment.js';
import { restoreNumbers } from './repair.js';

const H = HEADER.word;
const MAX_TRIES = 100;

/**
 * Opens the queue of that name, or makes it. A queue is made whole under another name and then linked to its own, so
 * nobody ever sees a half-made one, and of two that make it at once one wins and the other opens it.
 * @throws MprocError `ERR_QUEUE_NOT_FOUND`, `ERR_SEGMENT_UNSAFE`, `ERR_SEGMENT_CORRUPT`, `ERR_SEGMENT_VERSION`, `ERR_MEMORY_FULL`,
 *   `ERR_SYSTEM`
 */
export function openQueueFile(name: string, memoryBytes: number, create: boolean): QueueSegment {
  const path = queuePath(name);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const mapping = Segment.openAt(path);
    const segment = mapping && checkedQueue(mapping, name);
    if (segment && !segment.destroyed) return segment;
    if (segment) {
      // Its destroyer died, or has not come to removing the name yet.
      const { inode } = segment;
      segment.detach();
      removeIfSame(path, inode);
    }
    if (!create) throw new MprocError('ERR_QUEUE_NOT_FOUND', `no queue is named ${name}; make it first`);
    const made = make(name, path, memoryBytes);
    if (made) return made;
  }
  throw new MprocError(
    'ERR_QUEUE_NOT_FOUND',
    `queue ${name} was made and destroyed by others again and again`,
  );
}

/** A queue that no other process can open, gone with this one. */
export function makePrivateQueue(name: string, memoryBytes: number): QueueSegment {
  const mapping = Segment.createUnlinked(memoryBytes);
  try {
    return initialize(mapping, name);
  } catch (error) {
    mapping.close();
    throw systemError('a queue could not be made', error);
  }
}

function make(name: string, path: string, memoryBytes: number): QueueSegment | undefined {
  const unfinished = unfinishedPath(name);
  const mapping = Segment.createAt(unfinished, memoryBytes);
  if (!mapping) return undefined;
  try {
    const segment = initialize(mapping, name);
    failpoint('queue.file-made');
    linkSync(unfinished, path);
    failpoint('queue.file-linked');
    return segment;
  } catch (error) {
    mapping.close();
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return undefined;
    throw systemError(`queue ${name} could not be made`, error);
  } finally {
    removeFiles([unfinished]);
  }
}

/** @throws MprocError `ERR_SYSTEM` */
function removeName(path: string): void {
  try {
    unlinkSync(path);
  } catch (error) {
    if (!saysGone(error)) throw systemError(`${path} could not be removed`, error);
  }
}

function initialize(mapping: Segment, name: string): QueueSegment {
  const { words } = mapping;
  words[H.cellCount] = cellCountFor(mapping.lengthBytes);
  words[H.identity] = randomBytes(4).readInt32LE();
  words[H.version] = QUEUE_SEGMENT.version;
  words[H.magic] = QUEUE_SEGMENT.magic;
  const segment = new QueueSegment(mapping, name);
  segment.floats[HEADER.byte.pidNamespace / 8] = pidNamespace();
  // Memory that was never written is free cells, and empty heaps and buckets: nothing of them is touched before it is used.
  words[H.freeCount] = segment.cellCount;
  restoreNumbers(segment, []);
  return segment;
}

/** @throws DamageError when the file does not hold a queue */
export function checkedQueue(mapping: Segment, name: string): QueueSegment {
  try {
    const problem = problemOf(mapping, name);
    if (problem !== undefined) throw problem;
    return new QueueSegment(mapping, name);
  } catch (error) {
    mapping.close();
    throw systemError(`queue ${name} could not be opened`, error);
  }
}

function problemOf(mapping: Segment, name: string): MprocError | undefined {
  const smallest = HEADER.lengthBytes + MAX_PARTICIPANTS * PARTICIPANT.lengthBytes;
  if (mapping.lengthBytes < smallest)
    return new DamageError(name, `its file has ${mapping.lengthBytes} bytes`);
  const magic = mapping.words[H.magic]!;
  if (magic !== QUEUE_SEGMENT.magic) return new DamageError(name, 'its file does not begin as a queue');
  const version = mapping.words[H.version]!;
  if (version !== QUEUE_SEGMENT.version)
    return new MprocError(
      'ERR_SEGMENT_VERSION',
      `queue ${name} has layout version ${version}, expected ${QUEUE_SEGMENT.version}; use one version of mproc-worker everywhere`,
    );
  const cellCount = mapping.words[H.cellCount]!;
  if (cellCount !== cellCountFor(mapping.lengthBytes) || !fits(cellCount, mapping.lengthBytes))
    return new DamageError(name, `${cellCount} cells do not fit its file of ${mapping.lengthBytes} bytes`);
  const namespace = new Float64Array(mapping.words.buffer, 0, 8)[HEADER.byte.pidNamespace / 8]!;
  if (namespace !== pidNamespace())
    return new MprocError(
      'ERR_PLATFORM',
      `queue ${name} was made in another pid namespace (container), where it cannot be seen who lives; use one namespace, or a queue with a server`,
    );
  return undefined;
}

function fits(cellCount: number, lengthBytes: number): boolean {
  return cellCount > 0 && place(QUEUE_SEGMENT, { cellCount }).lengthBytes <= lengthBytes;
}

/** @throws DamageError when the file has become shorter, as touching its end would end the process */
export function assertWhole(segment: QueueSegment): void {
  const size = sizeOf(segment);
  if (size < segment.mapping.lengthBytes)
    throw segment.damage(`its file was cut to ${size} of ${segment.mapping.lengthBytes} bytes`);
}

function sizeOf(segment: QueueSegment): number {
  try {
    return fstatSync(segment.mapping.fd).size;
  } catch (error) {
    throw systemError(`the length of queue ${segment.name} could not be found`, error);
  }
}

/** Removes the name of a segment, unless it leads to another one by now. @throws MprocError `ERR_SYSTEM` */
export function removeIfSame(path: string, inode: number): void {
  try {
    if (lstatSync(path, { throwIfNoEntry: false })?.ino === inode) removeName(path);
  } catch (error) {
    throw systemError(`${path} could not be removed`, error);
  }
}
