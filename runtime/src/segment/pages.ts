import { loadLibrary } from './libc.js';
import { pageBytes, wholePages } from './page-size.js';

/** Where a stretch of memory begins. */
export type Address = number | bigint;

/** Who sees what is written to memory that shows a file: this process alone, or whoever reads the file later. */
export type WriteReach = 'process' | 'file';

export interface Mapping {
  readonly address: Address;
  readonly lengthBytes: number;
}

/** What the C library does with the pages of files; loaded with the first large value. */
export interface Pages {
  addressOf(bytes: Uint8Array): bigint;
  /** The 8 bytes at an address that is known to be readable. */
  peek(address: bigint): bigint;
  /** Maps a file for writing, all its pages at hand; `undefined` when that fails. */
  mapForWriting(fd: number, lengthBytes: number): Address | undefined;
  /** The same where the file's pages are huge, or shall be: at an address that lets them be mapped as such. */
  mapHugeForWriting(fd: number, lengthBytes: number): Address | undefined;
  /** Maps whole pages of a file for reading, huge ones as such; `undefined` when that fails. */
  mapForReading(fd: number, offset: number, lengthBytes: number): Address | undefined;
  /** Maps the first pages of a file, huge ones as such; what is written goes into copies of them. `undefined` when that fails. */
  mapOwnCopy(fd: number, lengthBytes: number): Address | undefined;
  /**
   * Puts pages of a file in the place of pages of this process: reads see the file, writes go where `reach` says.
   * When this fails the memory there must not be used any more.
   */
  mapOver(address: bigint, fd: number, offset: number, lengthBytes: number, reach: WriteReach): boolean;
  /**
   * Leaves so much free that the next mapping of `lengthBytes` begins at `offset` within a huge page, unless another
   * thread maps something first. Both are whole pages.
   * @returns what lies in all places that the system would rather take, to be unmapped after that
   */
  leaveGap(lengthBytes: number, offset: number): readonly Mapping[];
  /**
   * Gathers memory of a file that is mapped whole, and has a page in each, into huge pages; the rest is filled with zeros.
   * `false` where the system cannot, or has none to spare.
   */
  makeHuge(address: Address, lengthBytes: number): boolean;
  /** Asks for huge pages where there are none yet in this process's own memory; nothing else of it changes. */
  wantHuge(address: bigint, lengthBytes: number): void;
  unmap(address: Address, lengthBytes: number): void;
  copyTo(address: Address, bytes: Uint8Array): void;
  copyFrom(address: Address, bytes: Uint8Array): void;
  /** Memory as a buffer, which must not be used after `unmap`. */
  view(address: Address, lengthBytes: number): ArrayBuffer;
  /** Has nobody, this process included, opened the file a second time, or mapped it through another descriptor? */
  isOpenOnce(fd: number): boolean;
}

/** One entry of the page table instead of 512, and one fault instead of as many; where a small page has 4,096 bytes. */
export const HUGE_PAGE_BYTES = 2 * 1024 * 1024;
const PROT_NONE = 0;
const PROT_READ = 1;
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_ANONYMOUS = 0x20;
const MAP_NORESERVE = 0x4000;
const MAP_POPULATE = 0x8000;
const MADV_HUGEPAGE = 14;
const MADV_COLLAPSE = 25;
/** So many gaps are filled before one is taken that lies anywhere. */
const MOST_IN_THE_WAY = 8;
const F_SETSIG = 10;
const F_SETLEASE = 1024;
const F_WRLCK = 1;
const F_UNLCK = 2;
/** A signal that is ignored unless somebody asks for it: the usual one of a lease would end the process. */
const SIGURG = 23;

function load(): Pages {
  const { koffi, lib } = loadLibrary();
  const linux = process.platform === 'linux';
  const mmap = lib.func('mmap', 'intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']);
  const munmap = lib.func('munmap', 'int', ['uintptr_t', 'size_t']);
  const copyTo = lib.func('memcpy', 'uintptr_t', ['uintptr_t', 'void *', 'size_t']);
  const copyFrom = lib.func('memcpy', 'uintptr_t', ['void *', 'uintptr_t', 'size_t']);
  const madvise = lib.func('madvise', 'int', ['uintptr_t', 'size_t', 'int']);
  const fcntl = lib.func('int fcntl(int fd, int command, ...)');
  const map = (
    at: Address,
    length: number,
    protection: number,
    flags: number,
    fd: number,
    offset: number,
  ) => {
    const address = mmap(at, length, protection, flags, fd, offset) as Address;
    return BigInt(address) === -1n ? undefined : address;
  };
  const unmap = (at: Address, length: number) => void (length > 0 && munmap(at, length));
  /** Addresses of this process with nothing at them. */
  const mapNothing = (length: number) => {
    const at = map(0, length, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    return at === undefined ? undefined : Number(at);
  };
  /** So many, from wherever in a huge page. */
  const hold = (length: number) => mapNothing(length + HUGE_PAGE_BYTES);
  /** Lets huge pages of the file lie where the processor wants them. */
  const mapHuge = (lengthBytes: number, protection: number, flags: number, fd: number, offset: number) => {
    const length = wholePages(lengthBytes);
    const held = linux && length >= HUGE_PAGE_BYTES ? hold(length) : undefined;
    if (held === undefined) return map(0, length, protection, flags, fd, offset);
    const at = nextAt(held, offset);
    const mapped = map(at, length, protection, flags | MAP_FIXED, fd, offset);
    if (mapped === undefined) unmap(held, length + HUGE_PAGE_BYTES);
    else {
      unmap(held, at - held);
      unmap(at + length, held + HUGE_PAGE_BYTES - at);
    }
    return mapped;
  };
  return {
    addressOf: (bytes) => koffi.address(bytes),
    peek: (address) => BigInt(koffi.decode(address, 'uint64_t')),
    mapForWriting: (fd, length) =>
      map(0, length, PROT_READ_WRITE, MAP_SHARED | (linux ? MAP_POPULATE : 0), fd, 0),
    mapHugeForWriting: (fd, length) => mapHuge(length, PROT_READ_WRITE, MAP_SHARED, fd, 0),
    mapForReading: (fd, offset, length) => mapHuge(length, PROT_READ, MAP_PRIVATE, fd, offset),
    mapOwnCopy: (fd, length) => mapHuge(length, PROT_READ_WRITE, MAP_PRIVATE, fd, 0),
    mapOver: (address, fd, offset, length, reach) =>
      map(
        address,
        length,
        PROT_READ_WRITE,
        (reach === 'file' ? MAP_SHARED : MAP_PRIVATE) | MAP_FIXED,
        fd,
        offset,
      ) !== undefined,
    leaveGap(length, offset) {
      const held = linux ? hold(length) : undefined;
      if (held === undefined) return [];
      const at = nextAt(held, offset);
      unmap(held, at + length - held);
      const inTheWay = [{ address: at + length, lengthBytes: held + HUGE_PAGE_BYTES - at }];
      // Smaller gaps that lie higher come first.
      while (inTheWay.length <= MOST_IN_THE_WAY) {
        const next = mapNothing(length);
        if (next === undefined) break;
        if (nextAt(next, offset) === next) {
          unmap(next, length);
          break;
        }
        inTheWay.push({ address: next, lengthBytes: length });
      }
      return inTheWay;
    },
    makeHuge: (address, length) => linux && madvise(address, length, MADV_COLLAPSE) === 0,
    wantHuge(address, length) {
      const inPage = Number(address) % pageBytes();
      if (linux) madvise(Number(address) - inPage, wholePages(inPage + length), MADV_HUGEPAGE);
    },
    unmap,
    copyTo: (address, bytes) => void copyTo(address, bytes, bytes.length),
    copyFrom: (address, bytes) => void copyFrom(bytes, address, bytes.length),
    view: (address, length) => koffi.view(BigInt(address), length),
    isOpenOnce(fd) {
      // The kernel gives a lease for writing only to the one who has the file to himself. It knows of every mapping and
      // of every death, which no count of ours would.
      if (!linux || fcntl(fd, F_SETSIG, 'int', SIGURG) !== 0) return false;
      if (fcntl(fd, F_SETLEASE, 'int', F_WRLCK) !== 0) return false;
      // While it stays, whoever opens the file waits for that to end, for most of a minute.
      return fcntl(fd, F_SETLEASE, 'int', F_UNLCK) === 0;
    },
  };
}

/** The first address from `address` on that lies at `offset` within a huge page. */
function nextAt(address: number, offset: number): number {
  const behind = (address - offset) % HUGE_PAGE_BYTES;
  return behind === 0
    ? address
    : address + HUGE_PAGE_BYTES - (behind < 0 ? behind + HUGE_PAGE_BYTES : behind);
}

let loaded: Pages | undefined;

/** @throws MprocError `ERR_PLATFORM` where there is no native library */
export function pages(): Pages {
  loaded ??= load();
  return loaded;
}
