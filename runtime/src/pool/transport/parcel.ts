import { constants } from 'node:fs';
import { MprocError } from '../../errors/errors.js';
import { saysGone, systemError } from '../../errors/system-error.js';
import { bufferOfFile, readFully, SHOWN_AT_IN_PAGE, SHOWN_BYTES } from '../../segment/file-buffer.js';
import { libc, systemFlags } from '../../segment/libc.js';
import { pageBytes } from '../../segment/page-size.js';
import { pages, type WriteReach } from '../../segment/pages.js';
import { type Packed, packedOf, type RunSource } from '../../values/index.js';
import type { ParcelFile, Part } from './parcel-file.js';
import type { ParcelShelf } from './parcel-shelf.js';

const ALIGNMENT_BYTES = 64;
/** To read so few bytes takes less time than to map them. */
const READ_BYTES = 32 * 1024;

/**
 * A value too large for the pool's own segment, in a file of its own that the receiver finds by name. Its long runs of
 * bytes come first, each at an even place, then the rest:
 *
 * ```
 * run 0 | run 1 | … | body, tail
 * ```
 */
export class Parcel {
  readonly name: string;
  readonly #shelf: ParcelShelf;
  readonly #file: ParcelFile;
  readonly #packed: { readonly at: number; readonly bytes: number };
  #isClosed = false;
  readonly #runs: readonly { readonly at: number; readonly lengthBytes: number; readonly fileAt: number }[];

  private constructor(shelf: ParcelShelf, packed: Packed, tail: Uint8Array) {
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
    parts.push({ bytes: packed.body, at: bodyAt }, { bytes: tail, at: bodyAt + packed.body.length });
    this.#shelf = shelf;
    this.#file = shelf.fill(parts, bodyAt + bodyBytes);
    this.#packed = { at: bodyAt, bytes: packed.body.length };
    this.#runs = runs;
    this.name = `${this.#file.path}:${bodyAt}:${bodyBytes}`;
  }

  /**
   * @param tail what the receiver shall find behind the value's body
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  static send(shelf: ParcelShelf, packed: Packed, tail: Uint8Array = new Uint8Array(0)): Parcel {
    return new Parcel(shelf, packed, tail);
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
    this.#shelf.putBack(this.#file);
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

/** The sender died before its parcel was opened. */
export class ParcelGoneError extends MprocError {
  constructor(name: string) {
    super('ERR_VALUE_DECODE', `the parcel ${name} is gone with its sender`);
  }
}

/** Reads what lies at `at`; long runs of bytes are not there but come from `runs`, where that is given. */
type ReadParcel<T> = (bytes: Buffer, at: number, lengthBytes: number, runs: RunSource | undefined) => T;

/**
 * Opens what the other side sent, hands its bytes to `read`, and lets go of them.
 * @param reach where writes to large values go: into the parcel only when nobody will read it again
 * @throws ParcelGoneError; MprocError `ERR_MEMORY_FULL`, `ERR_SYSTEM`, `ERR_VALUE_DECODE`
 */
export function openParcel<T>(name: string, reach: WriteReach, read: ReadParcel<T>): T {
  const [path = '', bodyAt, bodyBytes] = name.split(':');
  const access = reach === 'file' ? constants.O_RDWR : constants.O_RDONLY;
  const fd = libc().open(path, access | systemFlags().O_CLOEXEC, 0);
  if (fd < 0) throw cannotOpen(name, path);
  try {
    return readFile(fd, Number(bodyAt), Number(bodyBytes), reach, read);
  } finally {
    libc().close(fd);
  }
}

function cannotOpen(name: string, path: string): MprocError {
  const reason = libc().errorName(libc().errno());
  return saysGone({ code: reason })
    ? new ParcelGoneError(name)
    : systemError(`the large value ${path} could not be opened`, reason);
}

function readFile<T>(
  fd: number,
  bodyAt: number,
  bodyBytes: number,
  reach: WriteReach,
  read: ReadParcel<T>,
): T {
  // To touch a page beyond the end of a file is SIGBUS.
  if (!(bodyAt >= 0 && bodyBytes > 0 && bodyAt + bodyBytes <= libc().lengthOf(fd)))
    throw new MprocError('ERR_VALUE_DECODE', 'a parcel does not hold what its name says');
  const runs = bodyAt === 0 ? undefined : runsOf(fd, bodyAt, reach);
  if (bodyBytes <= READ_BYTES) {
    const bytes = Buffer.allocUnsafeSlow(bodyBytes);
    readFully(bytes, fd, bodyAt);
    return read(bytes, 0, bodyBytes, runs);
  }
  const from = bodyAt - (bodyAt % pageBytes());
  const windowBytes = bodyAt - from + bodyBytes;
  const address = pages().mapForReading(fd, from, windowBytes);
  if (address === undefined)
    throw new MprocError('ERR_MEMORY_FULL', `${windowBytes} bytes of shared memory could not be mapped`);
  try {
    const bytes = Buffer.from(pages().view(address, windowBytes));
    return read(bytes, bodyAt - from, bodyBytes, runs);
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
