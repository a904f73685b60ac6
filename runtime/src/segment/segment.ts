import { constants, unlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { MprocError } from '../errors/errors.js';
import { libc, systemFlags } from './libc.js';

/** Where shared memory files live: memory on Linux, the temporary folder elsewhere. */
export const SEGMENT_FOLDER = process.platform === 'linux' ? '/dev/shm' : tmpdir();

const OWNER_ONLY = 0o600;

/**
 * A piece of memory that several processes have mapped.
 *
 * - reserved whole when made, so that a full memory is an error here and never SIGBUS later
 * - after `close` its memory must not be touched: `words` and `bytes` are empty from then on
 */
export class Segment {
  #address: bigint | undefined;
  #words: Int32Array;
  #bytes: Buffer;

  private constructor(
    readonly fd: number,
    readonly lengthBytes: number,
    mapping: { address: bigint; buffer: ArrayBuffer },
  ) {
    this.#address = mapping.address;
    this.#words = new Int32Array(mapping.buffer);
    this.#bytes = Buffer.from(mapping.buffer);
  }

  /** The memory as 32-bit words, for `Atomics`. */
  get words(): Int32Array {
    return this.#words;
  }

  /** The same memory as bytes. */
  get bytes(): Buffer {
    return this.#bytes;
  }

  /**
   * A new segment that no file name leads to: it is gone when the last process that has it is.
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  static createUnlinked(lengthBytes: number): Segment {
    const path = `${SEGMENT_FOLDER}/mproc-${process.pid}-${uniqueNumber()}`;
    const fd = createFile(path, lengthBytes, () => unlinkSync(path));
    return Segment.map(fd, lengthBytes);
  }

  /**
   * A new segment under a path of its own.
   * @returns `undefined` when the path is taken
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  static createAt(path: string, lengthBytes: number): Segment | undefined {
    const fd = createFile(path, lengthBytes, undefined);
    return fd === undefined ? undefined : Segment.map(fd, lengthBytes);
  }

  /** Maps a descriptor that this process has been given. */
  static map(fd: number, lengthBytes: number): Segment {
    const mapping = libc().map(fd, lengthBytes);
    if (mapping) return new Segment(fd, lengthBytes, mapping);
    const reason = libc().errorName(libc().errno());
    libc().close(fd);
    throw new MprocError(
      'ERR_MEMORY_FULL',
      `${lengthBytes} bytes of shared memory could not be mapped: ${reason}`,
    );
  }

  /** Gives the memory and the descriptor back. May be called twice. */
  close(): void {
    if (this.#address === undefined) return;
    this.#words = new Int32Array(0);
    this.#bytes = Buffer.alloc(0);
    libc().unmap(this.#address, this.lengthBytes);
    libc().close(this.fd);
    this.#address = undefined;
  }
}

let counter = 0;
/** Names never repeat within a process; across processes the pid tells them apart. */
function uniqueNumber(): string {
  counter += 1;
  return `${Date.now().toString(36)}-${counter.toString(36)}`;
}

function createFile(path: string, lengthBytes: number, whenOpen: () => void): number;
function createFile(path: string, lengthBytes: number, whenOpen: undefined): number | undefined;
function createFile(
  path: string,
  lengthBytes: number,
  whenOpen: (() => void) | undefined,
): number | undefined {
  const system = libc();
  const flags =
    constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW | systemFlags().O_CLOEXEC;
  const fd = system.open(path, flags, OWNER_ONLY);
  if (fd < 0) {
    const reason = system.errorName(system.errno());
    if (reason === 'EEXIST' && !whenOpen) return undefined;
    throw new MprocError(
      'ERR_MEMORY_FULL',
      `a shared memory file could not be made in ${SEGMENT_FOLDER}: ${reason}`,
    );
  }
  whenOpen?.();
  const failure = system.reserve(fd, lengthBytes);
  if (failure === 0) return fd;
  system.close(fd);
  if (!whenOpen) unlinkSync(path);
  throw new MprocError(
    'ERR_MEMORY_FULL',
    `${lengthBytes} bytes of shared memory could not be reserved in ${SEGMENT_FOLDER}: ${system.errorName(failure)}. Free some, or ask for less.`,
  );
}
