import { fstatSync, writeSync } from 'node:fs';
import { MprocError } from '../../errors/errors.js';
import { systemError } from '../../errors/system-error.js';
import { noMemory } from '../../segment/anonymous-file.js';
import { readFully } from '../../segment/file-buffer.js';
import { reserveHugePages } from '../../segment/huge-page-file.js';
import { libc, tracked } from '../../segment/libc.js';
import { type Address, pages } from '../../segment/pages.js';
import { createShareableFile, withdrawPath } from '../../segment/shareable.js';

/** Bytes and where in the file they go. */
export interface Part {
  readonly bytes: Uint8Array;
  readonly at: number;
}

const OWNER_ONLY = 0o600;
const FULL = ['ENOSPC', 'ENOMEM', 'EDQUOT', 'EFBIG'];

/**
 * Shared memory that is filled, read by one other process, and filled again.
 *
 * - a large one has huge pages where the system gives them: they cost a fraction, here and where they are shown
 * - else it is written, not mapped, the first time: pages come with their content
 * - mapped when its pages are there, as when it is filled again: a copy into memory is the fastest there is
 * - either way a full memory is an error, never SIGBUS
 */
export class LargeValueFile {
  /** What all of them take of this process's memory. */
  static mappedBytes = 0;
  #lengthBytes = 0;
  #address: Address | undefined;
  #isClosed = false;
  inode = 0;

  private constructor(
    readonly fd: number,
    readonly path: string,
  ) {}

  /**
   * @param apartFor so many bytes, for which the folder of shared memory has no room, in memory apart from it
   * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM`
   */
  static create(apartFor?: number): LargeValueFile {
    const { fd, path } = createShareableFile(apartFor);
    const file = new LargeValueFile(fd, path);
    try {
      // A umask can take the owner's own rights away.
      libc().setMode(fd, OWNER_ONLY);
      file.inode = fstatSync(fd).ino;
      return file;
    } catch (error) {
      file.close();
      throw systemError('shared memory for a large value could not be made', error);
    }
  }

  /** What it takes of the shared memory. */
  get lengthBytes(): number {
    return this.#lengthBytes;
  }

  /**
   * @param lengthBytes where the last part ends; not more than the first time
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  fill(parts: readonly Part[], lengthBytes: number): void {
    const isThere = this.#lengthBytes > 0 || this.#reserveHugePages(lengthBytes);
    if (isThere) this.map();
    const address = this.#address;
    for (const { bytes, at } of parts) {
      if (address === undefined) this.#write(bytes, at);
      else if (bytes.length > 0) pages().copyTo(BigInt(address) + BigInt(at), bytes);
    }
    if (!isThere) this.#lengthBytes = lengthBytes;
  }

  /** @returns whether all of its memory is there, and mapped */
  #reserveHugePages(lengthBytes: number): boolean {
    const huge = reserveHugePages(this.fd, lengthBytes);
    if (huge === undefined) return false;
    this.#lengthBytes = huge.lengthBytes;
    this.#address = huge.address;
    tracked()?.mapped(BigInt(huge.address), huge.lengthBytes);
    LargeValueFile.mappedBytes += huge.lengthBytes;
    return true;
  }

  #write(bytes: Uint8Array, at: number): void {
    try {
      for (let done = 0; done < bytes.length; )
        done += writeSync(this.fd, bytes, done, bytes.length - done, at + done);
    } catch (error) {
      const { code = '' } = error as NodeJS.ErrnoException;
      if (!FULL.includes(code)) throw systemError(`a large value could not be written`, error);
      throw noMemory(code, { lengthBytes: bytes.length });
    }
  }

  /** Does now what would have to be done when it is filled again. May be called at any time. */
  map(): void {
    if (this.#isClosed || this.#address !== undefined) return;
    this.#address = pages().mapForWriting(this.fd, this.#lengthBytes);
    if (this.#address === undefined) return;
    tracked()?.mapped(BigInt(this.#address), this.#lengthBytes);
    LargeValueFile.mappedBytes += this.#lengthBytes;
  }

  /** @throws MprocError `ERR_VALUE_DECODE` once it is closed: the number of its descriptor may be another file's */
  read(at: number, lengthBytes: number): Buffer {
    if (this.#isClosed)
      throw new MprocError('ERR_VALUE_DECODE', 'a large value was let go of before it was read');
    const bytes = Buffer.allocUnsafeSlow(lengthBytes);
    readFully(bytes, this.fd, at);
    return bytes;
  }

  /** Does nobody else see its memory any more? */
  isUnseen(): boolean {
    return pages().isOpenOnce(this.fd);
  }

  /** May be called twice. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (this.#address !== undefined) {
      tracked()?.unmapped(BigInt(this.#address));
      pages().unmap(this.#address, this.#lengthBytes);
      LargeValueFile.mappedBytes -= this.#lengthBytes;
      this.#address = undefined;
    }
    libc().close(this.fd);
    withdrawPath(this.path);
  }
}
