import { readSync } from 'node:fs';
import { MprocError } from '../errors/errors.js';
import { systemError } from '../errors/system-error.js';
import { isSpaceFor } from './free-space.js';
import { newMemory } from './large-memory.js';
import { pageBytes } from './page-size.js';
import { HUGE_PAGE_BYTES, pages, type WriteReach } from './pages.js';

/**
 * From so many bytes on, memory shows the pages of the file instead of holding a copy. `malloc` maps each request of
 * this size by itself (`DEFAULT_MMAP_THRESHOLD_MAX` of glibc), smaller ones it may cut from what it has.
 */
export const SHOWN_BYTES = 32 * 1024 * 1024;

/** Memory that is likely new, and filled faster where the system gives it in huge pages. */
const WORTH_ASKING_BYTES = 2 * HUGE_PAGE_BYTES;

/** To map less takes more time than to read it. */
const WORTH_MAPPING_BYTES = 1024 * 1024;

/** What `malloc` keeps at the start of what it has mapped: two words, the second with the size and this flag. */
const CHUNK_HEADER_BYTES = 16;
const WORD_BYTES = 8;
const IS_MAPPED = 2n;
const CHUNK_FLAGS = 7n;
const HAS_KNOWN_MALLOC = process.platform === 'linux' && ['x64', 'arm64'].includes(process.arch);

/** Where in a page the bytes of a file must begin to be shown. */
export const SHOWN_AT_IN_PAGE = CHUNK_HEADER_BYTES;

/**
 * New memory that holds bytes of a file as they are now. Nobody may change these pages of the file before
 * `isOpenOnce` tells that the memory is gone. What is written to the memory goes where `reach` says: into copies of the
 * pages, at the price of each, or into the file, which nobody else may read any more then.
 *
 * It is memory of V8's own like any other: it can be transferred, and goes when the garbage collector finds it unused.
 * That takes the mapping with it, because what `malloc` has mapped by itself it unmaps whole.
 * @throws MprocError `ERR_MEMORY_FULL`
 */
export function bufferOfFile(fd: number, at: number, lengthBytes: number, reach: WriteReach): ArrayBuffer {
  let buffer = allocateInPlace(at, lengthBytes);
  if (canShow(buffer, at)) {
    if (show(buffer, fd, at, reach)) {
      hasShown = true;
      return buffer.buffer as ArrayBuffer;
    }
    buffer = newMemory(lengthBytes);
  }
  copyOut(buffer, fd, at);
  return buffer.buffer as ArrayBuffer;
}

let hasShown = false;

/** Has memory shown a file since this was asked? */
export function hasShownLately(): boolean {
  const has = hasShown;
  hasShown = false;
  return has;
}

/** Where it may show a file, it lies in huge pages as its bytes do in the file: so they can be mapped as such. */
function allocateInPlace(at: number, lengthBytes: number): Buffer {
  if (lengthBytes < SHOWN_BYTES) return newMemory(lengthBytes);
  const chunkAt = at % pageBytes() === SHOWN_AT_IN_PAGE ? at - SHOWN_AT_IN_PAGE : 0;
  const inTheWay = pages().leaveGap(chunkBytes(lengthBytes), chunkAt);
  try {
    return newMemory(lengthBytes);
  } finally {
    for (const mapping of inTheWay) pages().unmap(mapping.address, mapping.lengthBytes);
  }
}

/** What `malloc` maps for so much, if it maps it by itself. */
function chunkBytes(lengthBytes: number): number {
  return roundUp(roundUp(lengthBytes + WORD_BYTES, CHUNK_HEADER_BYTES) + WORD_BYTES, pageBytes());
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

function canShow(buffer: Buffer, at: number): boolean {
  if (buffer.length < SHOWN_BYTES || at % pageBytes() !== SHOWN_AT_IN_PAGE || !HAS_KNOWN_MALLOC) return false;
  return isSpaceFor(buffer.length) && isMappedByItself(pages().addressOf(buffer), buffer.length);
}

/** @returns whether the buffer holds the file's bytes; if not, it must not be used any more */
function show(buffer: Buffer, fd: number, at: number, reach: WriteReach): boolean {
  const address = pages().addressOf(buffer);
  const head = pageBytes() - SHOWN_AT_IN_PAGE;
  const wholePages = Math.floor((buffer.length - head) / pageBytes()) * pageBytes();
  if (!pages().mapOver(address + BigInt(head), fd, at + head, wholePages, reach)) return false;
  readFully(buffer.subarray(0, head), fd, at);
  readFully(buffer.subarray(head + wholePages), fd, at + head + wholePages);
  return true;
}

/** Has `malloc` mapped this for its own, so that nothing else lies in these pages and `free` unmaps them? */
function isMappedByItself(address: bigint, lengthBytes: number): boolean {
  if (address % BigInt(pageBytes()) !== BigInt(CHUNK_HEADER_BYTES)) return false;
  const size = pages().peek(address - 8n);
  const chunkBytes = size - (size & CHUNK_FLAGS);
  return (
    (size & CHUNK_FLAGS) === IS_MAPPED &&
    chunkBytes % BigInt(pageBytes()) === 0n &&
    chunkBytes >= BigInt(lengthBytes + CHUNK_HEADER_BYTES) &&
    chunkBytes <= BigInt(lengthBytes + CHUNK_HEADER_BYTES + pageBytes())
  );
}

function copyOut(target: Buffer, fd: number, at: number): void {
  if (target.length >= WORTH_ASKING_BYTES) pages().wantHuge(pages().addressOf(target), target.length);
  if (target.length < WORTH_MAPPING_BYTES) return readFully(target, fd, at);
  const from = at - (at % pageBytes());
  const windowBytes = at - from + target.length;
  const address = pages().mapForReading(fd, from, windowBytes);
  if (address === undefined) return readFully(target, fd, at);
  pages().copyFrom(BigInt(address) + BigInt(at - from), target);
  pages().unmap(address, windowBytes);
}

/** Fills memory with bytes of a file. @throws MprocError `ERR_SYSTEM`, `ERR_VALUE_DECODE` */
export function readFully(target: Buffer, fd: number, at: number): void {
  for (let done = 0; done < target.length; ) {
    const count = readSome(target, fd, done, at + done);
    if (count === 0) throw new MprocError('ERR_VALUE_DECODE', 'a large value is shorter than it should be');
    done += count;
  }
}

function readSome(target: Buffer, fd: number, done: number, at: number): number {
  try {
    return readSync(fd, target, done, target.length - done, at);
  } catch (error) {
    throw systemError('a large value could not be read', error);
  }
}
