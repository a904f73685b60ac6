import { MprocError } from '../../errors/errors.js';
import { bufferOfFile, readFully, SHOWN_AT_IN_PAGE, SHOWN_BYTES } from '../../segment/file-buffer.js';
import { openForeign } from '../../segment/foreign-file.js';
import { libc } from '../../segment/libc.js';
import { pageBytes } from '../../segment/page-size.js';
import { pages, type WriteReach } from '../../segment/pages.js';
import { type Packed, packedOf, type RunSource } from '../../values/index.js';
import type { LargeValueFile, Part } from './large-value-file.js';
import type { LargeValueFileCache } from './large-value-file-cache.js';

const NOTHING = new Uint8Array(0);
const ALIGNMENT_BYTES = 64;
/** To read so few bytes takes less time than to map them. */
const READ_BYTES = 32 * 1024;

/**
 * A value too large for the pool's own segment, in a file of its own that the receiver finds by name. Its long runs of
 * bytes come first, each at an even place, then the rest:
 *
 * ```
 * run 0 | run 1 | … | body, tail, seal
 * ```
 *
 * The seal is a number that no other large value has, which the name repeats: a file is filled again for other large values, and the
 * number of its descriptor given to other files.
 */
export class LargeValue {
  readonly name: string;
  readonly #fileCache: LargeValueFileCache;
  readonly #file: LargeValueFile;
  readonly #packed: { readonly at: number; readonly bytes: number };
  #isClosed = false;
  readonly #runs: readonly { readonly at: number; readonly lengthBytes: number; readonly fileAt: number }[];

  private constructor(fileCache: LargeValueFileCache, packed: Packed, tail: Uint8Array, mayWait: boolean) {
    const parts: Part[] = [];
    const runs = [];
    let end = 0;
    for (const { bytes, lengthBytes, at } of packed.runs) {
      const fileAt = placeOfRun(end, lengthBytes);
      end = fileAt + lengthBytes;
      parts.push({ bytes, at: fileAt });
      runs.push({ at, lengthBytes, fileAt });
    }
    const bodyAt = roundUp(end, ALIGNMENT_BYTES);
    const bodyBytes = packed.body.length + tail.length;
    const seal = nextSeal();
    parts.push(
      { bytes: packed.body, at: bodyAt },
      { bytes: tail, at: bodyAt + packed.body.length },
      { bytes: seal, at: bodyAt + bodyBytes },
    );
    this.#fileCache = fileCache;
    this.#file = fileCache.fill(parts, bodyAt + bodyBytes + SEAL_BYTES, !mayWait);
    this.#packed = { at: bodyAt, bytes: packed.body.length };
    this.#runs = runs;
    this.name = [this.#file.path, this.#file.inode, seal.toString('hex'), bodyAt, bodyBytes].join(':');
  }

  /**
   * @param more `tail`: what the receiver shall find behind the value's body; `mayWait`: it is sent again later where the
   *   folder of shared memory has no room for it now, else it gets memory apart from that
   * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM`
   */
  static send(
    fileCache: LargeValueFileCache,
    packed: Packed,
    { tail = NOTHING, mayWait = false }: { tail?: Uint8Array; mayWait?: boolean } = {},
  ): LargeValue {
    return new LargeValue(fileCache, packed, tail, mayWait);
  }

  /** What it takes of the shared memory. */
  get segmentBytes(): number {
    return this.#file.lengthBytes;
  }

  /** Its value in memory of this process. */
  copy(): Packed {
    const body = this.#file.read(this.#packed.at, this.#packed.bytes);
    return packedOf(
      body,
      this.#runs.map(({ at, lengthBytes, fileAt }) => ({
        bytes: this.#file.read(fileAt, lengthBytes),
        lengthBytes,
        at,
      })),
    );
  }

  /** The receiver has got it, or will not want it. May be called twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#fileCache.putBack(this.#file);
  }
}

/** Where the run goes that follows what ends at `end`; no page of the file is left out. */
function placeOfRun(end: number, lengthBytes: number): number {
  if (lengthBytes < SHOWN_BYTES) return roundUp(end, ALIGNMENT_BYTES);
  return roundUp(end - SHOWN_AT_IN_PAGE, pageBytes()) + SHOWN_AT_IN_PAGE;
}

function roundUp(value: number, to: number): number {
  return Math.ceil(value / to) * to;
}

const SEAL_BYTES = 12;
const origin = Math.floor(Math.random() * 2 ** 48);
let sealed = 0;

/** A number of this process's own, and how many came before. */
function nextSeal(): Buffer {
  const seal = Buffer.alloc(SEAL_BYTES);
  seal.writeUIntLE(origin, 0, 6);
  sealed += 1;
  seal.writeUIntLE(sealed, 6, 6);
  return seal;
}

/** Where a large value is and what it must be. */
interface LargeValueName {
  readonly path: string;
  readonly inode: number;
  readonly seal: string;
  readonly bodyAt: number;
  readonly bodyBytes: number;
}

const NAME = /^([^:]+):(\d{1,16}):([0-9a-f]{24}):(\d{1,15}):(\d{1,15})$/;

/** @throws MprocError `ERR_VALUE_DECODE` */
function parseName(name: string): LargeValueName {
  const [, path = '', inode, seal = '', bodyAt, bodyBytes] = NAME.exec(name) ?? [];
  if (path === '') throw new MprocError('ERR_VALUE_DECODE', 'the name of a large value is not as it must be');
  return { path, seal, inode: Number(inode), bodyAt: Number(bodyAt), bodyBytes: Number(bodyBytes) };
}

/** The sender died before its large value was opened, or uses its file for something else. */
export class LargeValueGoneError extends MprocError {
  constructor(name: string) {
    super('ERR_VALUE_DECODE', `the large value ${name} is gone with its sender`);
  }
}

/** Reads what lies at `at`; long runs of bytes are not there but come from `runs`, where that is given. */
type ReadLargeValue<T> = (bytes: Buffer, at: number, lengthBytes: number, runs: RunSource | undefined) => T;

/**
 * Opens what the other side sent, hands its bytes to `read`, and lets go of them.
 * @param reach where writes to large values go: into the large value only when nobody will read it again
 * @throws LargeValueGoneError; MprocError `ERR_MEMORY_FULL`, `ERR_SYSTEM`, `ERR_VALUE_DECODE`
 */
export function openLargeValue<T>(name: string, reach: WriteReach, read: ReadLargeValue<T>): T {
  const largeValue = parseName(name);
  const fd = openForeign({
    path: largeValue.path,
    inode: largeValue.inode,
    access: reach === 'file' ? 'write' : 'read',
    owner: 'sender',
  });
  if (fd === undefined) throw new LargeValueGoneError(name);
  try {
    return readFile(fd, largeValue, reach, read);
  } finally {
    libc().close(fd);
  }
}

function readFile<T>(
  fd: number,
  { bodyAt, bodyBytes, seal }: LargeValueName,
  reach: WriteReach,
  read: ReadLargeValue<T>,
): T {
  const sealedBytes = bodyBytes + SEAL_BYTES;
  // To touch a page beyond the end of a file is SIGBUS.
  if (bodyBytes === 0 || bodyAt + sealedBytes > libc().lengthOf(fd))
    throw new MprocError('ERR_VALUE_DECODE', 'a large value does not hold what its name says');
  const readSealed = (bytes: Buffer, at: number) => {
    if (bytes.toString('hex', at + bodyBytes, at + sealedBytes) !== seal) throw new LargeValueGoneError('it');
    return read(bytes, at, bodyBytes, bodyAt === 0 ? undefined : runsOf(fd, bodyAt, reach));
  };
  if (sealedBytes <= READ_BYTES) {
    const bytes = Buffer.allocUnsafeSlow(sealedBytes);
    readFully(bytes, fd, bodyAt);
    return readSealed(bytes, 0);
  }
  const from = bodyAt - (bodyAt % pageBytes());
  const windowBytes = bodyAt - from + sealedBytes;
  const address = pages().mapForReading(fd, from, windowBytes);
  if (address === undefined)
    throw new MprocError('ERR_MEMORY_FULL', `${windowBytes} bytes of shared memory could not be mapped`);
  try {
    return readSealed(Buffer.from(pages().view(address, windowBytes)), bodyAt - from);
  } finally {
    pages().unmap(address, windowBytes);
  }
}

function runsOf(fd: number, endAt: number, reach: WriteReach): RunSource {
  let end = 0;
  return (lengthBytes) => {
    const at = placeOfRun(end, lengthBytes);
    end = at + lengthBytes;
    return end <= endAt ? bufferOfFile(fd, at, lengthBytes, reach) : undefined;
  };
}
