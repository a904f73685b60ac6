import { randomBytes } from 'node:crypto';
import { fstatSync, linkSync, lstatSync, unlinkSync } from 'node:fs';
import { MprocError } from '../../errors/errors.js';
import { saysGone, systemError } from '../../errors/system-error.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { place } from '../../layout/layout.js';
import { Segment } from '../../segment/segment.js';
import { removeFiles } from './large-values.js';
import { HEADER, MAX_PARTICIPANTS, PARTICIPANT, QUEUE_SEGMENT } from './layout.js';
import { DamageError, QueueMemory, unitCountFor } from './memory.js';
import { pidNamespace } from './process-identity.js';
import { queuePath, unfinishedPath } from './queue-name.js';
import { repair } from './repair.js';
import { storeOf } from './store.js';

const H = HEADER.word;
const MAX_TRIES = 100;

/**
 * Opens the queue of that name, or makes it. A queue is made whole under another name and then linked to its own, so
 * nobody ever sees a half-made one, and of two that make it at once one wins and the other opens it.
 * @throws MprocError `ERR_QUEUE_NOT_FOUND`, `ERR_SEGMENT_UNSAFE`, `ERR_SEGMENT_CORRUPT`, `ERR_SEGMENT_VERSION`, `ERR_MEMORY_FULL`,
 *   `ERR_SYSTEM`
 */
export function openQueueFile(name: string, memoryBytes: number, create: boolean): QueueMemory {
  const path = queuePath(name);
  for (let tries = 0; tries < MAX_TRIES; tries += 1) {
    const segment = Segment.openAt(path);
    const memory = segment && checkedQueue(segment, name);
    if (memory && !memory.destroyed) return memory;
    if (memory) {
      // Its destroyer died, or has not come to removing the name yet.
      const { inode } = memory;
      memory.detach();
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
export function makePrivateQueue(name: string, memoryBytes: number): QueueMemory {
  const segment = Segment.createUnlinked(memoryBytes);
  try {
    return initialize(segment, name);
  } catch (error) {
    segment.close();
    throw systemError('a queue could not be made', error);
  }
}

function make(name: string, path: string, memoryBytes: number): QueueMemory | undefined {
  const unfinished = unfinishedPath(name);
  const segment = Segment.createAt(unfinished, memoryBytes);
  if (!segment) return undefined;
  try {
    const memory = initialize(segment, name);
    failpoint('queue.file-made');
    linkSync(unfinished, path);
    failpoint('queue.file-linked');
    return memory;
  } catch (error) {
    segment.close();
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

function initialize(segment: Segment, name: string): QueueMemory {
  const { words } = segment;
  words[H.unitCount] = unitCountFor(segment.lengthBytes);
  words[H.identity] = randomBytes(4).readInt32LE();
  words[H.version] = QUEUE_SEGMENT.version;
  words[H.magic] = QUEUE_SEGMENT.magic;
  const memory = new QueueMemory(segment, name);
  memory.floats[HEADER.byte.pidNamespace / 8] = pidNamespace();
  repair(storeOf(memory), 0);
  return memory;
}

/** @throws DamageError when the file does not hold a queue */
export function checkedQueue(segment: Segment, name: string): QueueMemory {
  try {
    const problem = problemOf(segment, name);
    if (problem !== undefined) throw problem;
    return new QueueMemory(segment, name);
  } catch (error) {
    segment.close();
    throw systemError(`queue ${name} could not be opened`, error);
  }
}

function problemOf(segment: Segment, name: string): MprocError | undefined {
  const smallest = HEADER.lengthBytes + MAX_PARTICIPANTS * PARTICIPANT.lengthBytes;
  if (segment.lengthBytes < smallest)
    return new DamageError(name, `its file has ${segment.lengthBytes} bytes`);
  const magic = segment.words[H.magic]!;
  if (magic !== QUEUE_SEGMENT.magic) return new DamageError(name, 'its file does not begin as a queue');
  const version = segment.words[H.version]!;
  if (version !== QUEUE_SEGMENT.version)
    return new MprocError(
      'ERR_SEGMENT_VERSION',
      `queue ${name} has layout version ${version}, expected ${QUEUE_SEGMENT.version}; use one version of mproc-worker everywhere`,
    );
  const unitCount = segment.words[H.unitCount]!;
  if (unitCount !== unitCountFor(segment.lengthBytes) || !fits(unitCount, segment.lengthBytes))
    return new DamageError(name, `${unitCount} units do not fit its file of ${segment.lengthBytes} bytes`);
  const namespace = new Float64Array(segment.words.buffer, 0, 8)[HEADER.byte.pidNamespace / 8]!;
  if (namespace !== pidNamespace())
    return new MprocError(
      'ERR_PLATFORM',
      `queue ${name} was made in another pid namespace (container), where it cannot be seen who lives; use one namespace, or a queue with a server`,
    );
  return undefined;
}

function fits(unitCount: number, lengthBytes: number): boolean {
  return unitCount > 0 && place(QUEUE_SEGMENT, { unitCount }).lengthBytes <= lengthBytes;
}

/** @throws DamageError when the file has become shorter, as touching its end would end the process */
export function assertWhole(memory: QueueMemory): void {
  const size = sizeOf(memory);
  if (size < memory.segment.lengthBytes)
    throw memory.damage(`its file was cut to ${size} of ${memory.segment.lengthBytes} bytes`);
}

function sizeOf(memory: QueueMemory): number {
  try {
    return fstatSync(memory.segment.fd).size;
  } catch (error) {
    throw systemError(`the length of queue ${memory.name} could not be found`, error);
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
