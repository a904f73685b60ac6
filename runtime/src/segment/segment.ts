import { constants, fstatSync, ftruncateSync, type Stats, unlinkSync } from 'node:fs';
import { wallClockMs } from '../clock/wall-clock-ms.js';
import { MprocError } from '../errors/errors.js';
import { systemError } from '../errors/system-error.js';
import { createAnonymousOf, noMemory } from './anonymous-file.js';
import { futex } from './futex.js';
import { libc, systemFlags } from './libc.js';
import { wholePages } from './page-size.js';
import { isFolderOpen, SEGMENT_FOLDER } from './shared-folder.js';

const OWNER_ONLY = 0o600;
const OTHERS = 0o077;
const WORD_BYTES = 4;
const WORD_PAIR_BYTES = 8;

/** These errors say what the file is; all others only that it could not be opened now. */
const TELLS_OF_THE_FILE = ['ELOOP', 'EACCES', 'EPERM', 'EISDIR', 'ENXIO', 'ENODEV', 'EROFS', 'ETXTBSY'];

function statOf(fd: number, path: string): Stats {
  try {
    return fstatSync(fd);
  } catch (error) {
    libc().close(fd);
    throw systemError(`${path} could not be looked at`, error);
  }
}

/** Does it say that nothing in the folder can be opened, and not what the file is? */
function isOfFolder(reason: string): boolean {
  return reason === 'EROFS' || (reason === 'EACCES' && !isFolderOpen());
}

function unsafe(path: string, problem: string): MprocError {
  return new MprocError(
    'ERR_SEGMENT_UNSAFE',
    `${path} ${problem}, expected shared memory of this user; remove the file`,
  );
}

/** Addresses are given back when no view of the memory can exist any more: until then nothing else may lie there. */
const unused = new FinalizationRegistry<{ address: bigint; lengthBytes: number }>(
  ({ address, lengthBytes }) => libc().unmap(address, lengthBytes),
);

/**
 * A piece of memory that several processes have mapped.
 *
 * - reserved when made, so that a full memory is an error here and never SIGBUS later
 * - after `close`, `words` and `bytes` are empty
 * - a view that was taken before `close` stays safe to use: it shows memory of this process alone, zeros at first
 */
export class Segment {
  #address: bigint | undefined;
  #words: Int32Array;
  #bytes: Buffer;
  #hasDescriptor = true;
  #isGivenBackWhenUnused = false;
  #reservedBytes: number;

  private constructor(
    readonly fd: number,
    readonly lengthBytes: number,
    mapping: { address: bigint; buffer: ArrayBuffer },
  ) {
    this.#address = mapping.address;
    this.#reservedBytes = lengthBytes;
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

  /** The length of a segment that was asked for with so many bytes. */
  static wholePages(atLeastBytes: number): number {
    return wholePages(atLeastBytes);
  }

  /**
   * A new segment that no file name leads to: it is gone when the last process that has it is.
   * Its length is rounded up to whole pages.
   * @param beginsWithBytes how much of it is wanted at once; the rest must not be touched before `reserveRest`
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  static createUnlinked(atLeastBytes: number, beginsWithBytes = atLeastBytes): Segment {
    const lengthBytes = Segment.wholePages(atLeastBytes);
    const reservedBytes = Segment.wholePages(beginsWithBytes);
    const fd =
      process.platform === 'linux'
        ? createAnonymousOf(lengthBytes, reservedBytes)
        : createAndUnlink(lengthBytes, reservedBytes);
    const segment = Segment.map(fd, lengthBytes);
    segment.#reservedBytes = reservedBytes;
    return segment;
  }

  /** @throws MprocError `ERR_MEMORY_FULL` */
  reserveRest(): void {
    if (this.#reservedBytes === this.lengthBytes) return;
    reserve(this.fd, this.#reservedBytes, this.lengthBytes);
    this.#reservedBytes = this.lengthBytes;
  }

  /**
   * A new segment under a path of its own. Its length is rounded up to whole pages.
   * @returns `undefined` when the path is taken
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  static createAt(path: string, atLeastBytes: number): Segment | undefined {
    const lengthBytes = wholePages(atLeastBytes);
    const fd = createNamed(path);
    if (fd === undefined) return undefined;
    reserveNew(fd, lengthBytes, lengthBytes, path);
    try {
      return Segment.map(fd, lengthBytes);
    } catch (error) {
      removeQuietly(path);
      throw error;
    }
  }

  /**
   * The segment under a path that somebody has made before.
   * @returns `undefined` when there is no such file
   * @throws MprocError `ERR_SEGMENT_UNSAFE` when the file is a link, another user's, open to others, or no memory of ours;
   *   `ERR_SYSTEM` when that could not be found out now
   */
  static openAt(path: string): Segment | undefined {
    const flags = constants.O_RDWR | constants.O_NOFOLLOW | constants.O_NONBLOCK | systemFlags().O_CLOEXEC;
    const fd = libc().open(path, flags, 0);
    if (fd < 0) {
      const reason = libc().errorName(libc().errno());
      if (reason === 'ENOENT') return undefined;
      if (isOfFolder(reason)) throw noMemory(reason);
      if (TELLS_OF_THE_FILE.includes(reason)) throw unsafe(path, `cannot be opened: ${reason}`);
      throw systemError(`${path} could not be opened`, reason);
    }
    const file = statOf(fd, path);
    const problem = !file.isFile()
      ? 'is not a file'
      : file.uid !== process.geteuid?.()
        ? `belongs to user ${file.uid}`
        : (file.mode & OTHERS) !== 0
          ? `has mode ${(file.mode & 0o777).toString(8)}, expected 600`
          : file.size === 0 || file.size % WORD_PAIR_BYTES !== 0
            ? `has ${file.size} bytes`
            : undefined;
    if (problem === undefined) return Segment.map(fd, file.size);
    libc().close(fd);
    throw unsafe(path, problem);
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

  /**
   * Says what this process may do with whole pages of it; what it does all the same ends it.
   * @throws MprocError `ERR_MEMORY_FULL` when the system refuses
   */
  protect(fromByte: number, toByte: number, access: 'read' | 'write'): void {
    if (this.#address === undefined) return;
    if (libc().protect(this.#address + BigInt(fromByte), toByte - fromByte, access)) return;
    const reason = libc().errorName(libc().errno());
    throw new MprocError('ERR_MEMORY_FULL', `shared memory could not be protected: ${reason}`);
  }

  /**
   * Sleeps while a word has this value, until somebody wakes whoever sleeps there, at most so many milliseconds.
   * @returns `false` where the system cannot do that: nothing was waited for
   */
  sleepOnWord(word: number, value: number, ms: number): boolean {
    const system = futex();
    if (system === undefined || this.#address === undefined) return false;
    system.wait(Number(this.#address) + WORD_BYTES * word, value, ms);
    return true;
  }

  /** Wakes one that sleeps on a word, which was changed before. `false` when nobody did. */
  wakeOnWord(word: number): boolean {
    if (this.#address === undefined) return false;
    return futex()?.wake(Number(this.#address) + WORD_BYTES * word) === true;
  }

  /** Of its file, while it has the descriptor. @throws MprocError `ERR_SYSTEM` */
  get inode(): number {
    try {
      return fstatSync(this.fd).ino;
    } catch (error) {
      throw systemError('shared memory could not be looked at', error);
    }
  }

  get hasDescriptor(): boolean {
    return this.#hasDescriptor;
  }

  /** Gives the descriptor back and keeps the memory. May be called twice. */
  closeDescriptor(): void {
    if (this.#hasDescriptor) libc().close(this.fd);
    this.#hasDescriptor = false;
  }

  /** Leaves giving back to the garbage collector: when nothing views the memory any more. */
  unmapWhenUnused(): void {
    refuseTransfer(this.#words.buffer);
    this.#giveBackWhenUnused();
  }

  #giveBackWhenUnused(): void {
    if (this.#address === undefined || this.#isGivenBackWhenUnused) return;
    this.#isGivenBackWhenUnused = true;
    unused.register(this.#words.buffer, { address: this.#address, lengthBytes: this.lengthBytes });
  }

  /** Gives the memory and the descriptor back. May be called twice. */
  close(): void {
    if (this.#address === undefined) return;
    this.#giveBackWhenUnused();
    // Where this fails, the shared memory itself stays until nothing views it.
    libc().mapEmptyOver(this.#address, this.lengthBytes);
    this.#words = new Int32Array(0);
    this.#bytes = Buffer.alloc(0);
    this.closeDescriptor();
    this.#address = undefined;
  }
}

/** A buffer that took the memory over would outlive the one that the memory is given back with. */
export function refuseTransfer(buffer: ArrayBufferLike): void {
  const value = () => {
    throw new TypeError('shared memory cannot be transferred; copy it with slice()');
  };
  Object.defineProperty(buffer, 'transfer', { value });
  Object.defineProperty(buffer, 'transferToFixedLength', { value });
}

let counter = 0;
/** Names never repeat within a process; across processes the pid tells them apart. */
function uniqueNumber(): string {
  counter += 1;
  return `${wallClockMs().toString(36)}-${counter.toString(36)}`;
}

const CREATE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;

function createAndUnlink(lengthBytes: number, reservedBytes: number): number {
  const path = `${SEGMENT_FOLDER}/mproc-${process.pid}-${uniqueNumber()}`;
  const fd = libc().open(path, CREATE | systemFlags().O_CLOEXEC, OWNER_ONLY);
  if (fd < 0) throw noMemory(libc().errorName(libc().errno()));
  try {
    unlinkSync(path);
  } catch (error) {
    libc().close(fd);
    throw systemError(`${path} could not be removed`, error);
  }
  reserveNew(fd, reservedBytes, lengthBytes, undefined);
  return fd;
}

/** `undefined` when the path is taken. */
export function createNamed(path: string): number | undefined {
  const fd = libc().open(path, CREATE | systemFlags().O_CLOEXEC, OWNER_ONLY);
  if (fd >= 0) return fd;
  const reason = libc().errorName(libc().errno());
  if (reason === 'EEXIST') return undefined;
  throw noMemory(reason);
}

/** Takes pages of a new file now; one that cannot have them is closed, and removed where it has a path. */
function reserveNew(fd: number, reservedBytes: number, lengthBytes: number, path: string | undefined): void {
  try {
    // A umask can take the owner's own rights away.
    libc().setMode(fd, OWNER_ONLY);
    reserve(fd, 0, reservedBytes);
    if (reservedBytes < lengthBytes) ftruncateSync(fd, lengthBytes);
  } catch (error) {
    libc().close(fd);
    if (path !== undefined) removeQuietly(path);
    throw systemError(`${lengthBytes} bytes of shared memory could not be made in ${SEGMENT_FOLDER}`, error);
  }
}

/** What was to be removed because of an error must not hide it; `mproc clean` finds it. */
function removeQuietly(path: string): void {
  try {
    unlinkSync(path);
  } catch {
    // It stays.
  }
}

function reserve(fd: number, fromByte: number, toByte: number): void {
  const failure = libc().reserve(fd, fromByte, toByte);
  if (failure !== 0) throw noMemory(libc().errorName(failure), { lengthBytes: toByte });
}
