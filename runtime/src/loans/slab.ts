import { fstatSync, writeSync } from 'node:fs';
import { systemError } from '../errors/system-error.js';
import { reserveHugePages } from '../segment/huge-page-file.js';
import { libc, tracked } from '../segment/libc.js';
import { wholePages } from '../segment/page-size.js';
import { type Address, HUGE_PAGE_BYTES, type Mapping, pages } from '../segment/pages.js';
import { createShareableFile, createShareableOf, withdrawPath } from '../segment/shareable.js';
import { SEAL_BYTES } from './reference.js';

const OWNER_ONLY = 0o600;
/** Less is not worth one, most of which would be left empty. */
const WORTH_A_HUGE_PAGE = HUGE_PAGE_BYTES / 2;
const NO_SEAL = 0;
/** A number of this process's own, and how many came before. */
let lastSeal = Math.floor(Math.random() * 2 ** 20) * 2 ** 32;
const sealBytes = Buffer.alloc(SEAL_BYTES);

type ShareableFile = ReturnType<typeof createShareableFile>;

/** A file that nothing comes of is closed. */
function orClose(file: ShareableFile, make: (file: ShareableFile) => Slab | undefined): Slab | undefined {
  let slab: Slab | undefined;
  try {
    slab = make(file);
    return slab;
  } catch (error) {
    throw systemError('memory for a loan could not be made', error);
  } finally {
    if (slab === undefined) {
      libc().close(file.fd);
      withdrawPath(file.path);
    }
  }
}

/**
 * Addresses are given back when nothing can look there any more: what reads a file into an array knows its address also when
 * the array has been taken from the program.
 */
const unused = new FinalizationRegistry<Mapping>(({ address, lengthBytes }) => {
  tracked()?.unmapped(BigInt(address));
  pages().unmap(address, lengthBytes);
});
/** Of each buffer over a slab that is not garbage, the slab's own key in `unused`. */
const keys = new WeakMap<ArrayBuffer, object>();

/**
 * Shared memory that is lent to jobs, one loan after another:
 *
 * ```
 * elements | … | seal
 * ```
 *
 * - all of it is taken when it is made, so that a full memory is an error then and never SIGBUS
 * - it has no name on Linux: nothing is left of it when its process ends, however that ends
 * - the seal is that of the loan it is used for now, and of none in between
 */
export class Slab {
  readonly #fd: number;
  readonly path: string;
  readonly inode: number;
  /** What of it can be lent. */
  readonly memoryBytes: number;
  readonly #address: Address;
  readonly #key = {};
  #isClosed = false;
  #isEmptied = false;

  private constructor(file: ShareableFile, { address, lengthBytes }: Mapping) {
    this.#fd = file.fd;
    this.path = file.path;
    this.inode = fstatSync(file.fd).ino;
    this.memoryBytes = lengthBytes;
    this.#address = address;
    tracked()?.mapped(BigInt(address), lengthBytes);
  }

  /**
   * In huge pages where the system has some: to make and to map them, here and in each child, takes a fraction of the time.
   * @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM`
   */
  static create(memoryBytes: number): Slab {
    if (memoryBytes >= WORTH_A_HUGE_PAGE) {
      const slab = orClose(createShareableFile(), (file) => {
        libc().setMode(file.fd, OWNER_ONLY);
        const mapping = reserveHugePages(file.fd, memoryBytes);
        return mapping && Slab.#ofHugePages(file, mapping);
      });
      if (slab !== undefined) return slab;
    }
    const lengthBytes = wholePages(memoryBytes);
    return orClose(createShareableOf(lengthBytes + SEAL_BYTES), (file) => {
      const address = pages().mapForWriting(file.fd, lengthBytes);
      if (address !== undefined) return new Slab(file, { address, lengthBytes });
      const reason = libc().errorName(libc().errno());
      throw systemError(`${lengthBytes} bytes of shared memory could not be mapped`, reason);
    })!;
  }

  static #ofHugePages(file: ShareableFile, mapping: Mapping): Slab | undefined {
    const { address, lengthBytes } = mapping;
    if (libc().reserve(file.fd, lengthBytes, lengthBytes + SEAL_BYTES) === 0) return new Slab(file, mapping);
    pages().unmap(address, lengthBytes);
    return undefined;
  }

  /** The first bytes of it. Nothing that the program has may view them. */
  view(memoryBytes: number): ArrayBuffer {
    const buffer = pages().view(this.#address, memoryBytes);
    keys.set(buffer, this.#key);
    return buffer;
  }

  /** Begins a loan. @returns its seal */
  seal(): number {
    lastSeal += 1;
    this.#write(lastSeal);
    return lastSeal;
  }

  /** Ends it: who has opened it keeps it, nobody else takes it for one. */
  breakSeal(): void {
    if (!this.#isClosed) this.#write(NO_SEAL);
  }

  #write(seal: number): void {
    sealBytes.writeDoubleLE(seal);
    try {
      writeSync(this.#fd, sealBytes, 0, SEAL_BYTES, this.memoryBytes);
    } catch (error) {
      throw systemError('the memory of a loan could not be sealed', error);
    }
  }

  /** Does nobody else see its memory any more? */
  isUnseen(): boolean {
    return !this.#isClosed && pages().isOpenOnce(this.#fd);
  }

  /** Nobody can open it from now on, and its memory stays as long as it is mapped. May be called twice. */
  closeDescriptor(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    libc().close(this.#fd);
    withdrawPath(this.path);
  }

  /** Gives the memory back; views of it see empty pages. May be called twice. */
  close(): void {
    if (this.#isEmptied) return;
    this.#isEmptied = true;
    this.closeDescriptor();
    libc().mapEmptyOver(BigInt(this.#address), this.memoryBytes);
    unused.register(this.#key, { address: this.#address, lengthBytes: this.memoryBytes });
  }
}
