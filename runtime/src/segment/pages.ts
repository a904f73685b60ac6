import { loadLibrary } from './libc.js';

/** Where a stretch of memory begins. */
export type Address = number | bigint;

/** What the C library does with the pages of files; loaded with the first large value. */
export interface Pages {
  addressOf(bytes: Uint8Array): bigint;
  /** The 8 bytes at an address that is known to be readable. */
  peek(address: bigint): bigint;
  /** Maps a file for writing, all its pages at hand; `undefined` when that fails. */
  mapForWriting(fd: number, lengthBytes: number): Address | undefined;
  /** Maps whole pages of a file for reading; `undefined` when that fails. */
  mapForReading(fd: number, offset: number, lengthBytes: number): Address | undefined;
  /**
   * Puts pages of a file in the place of pages of this process: reads see the file, writes stay in this process.
   * When this fails the memory there must not be used any more.
   */
  mapOver(address: bigint, fd: number, offset: number, lengthBytes: number): boolean;
  unmap(address: Address, lengthBytes: number): void;
  copyTo(address: Address, bytes: Uint8Array): void;
  copyFrom(address: Address, bytes: Uint8Array): void;
  /** Memory as a buffer, which must not be used after `unmap`. */
  view(address: Address, lengthBytes: number): ArrayBuffer;
  /** Has nobody, this process included, opened the file a second time, or mapped it through another descriptor? */
  isOpenOnce(fd: number): boolean;
}

export const PAGE_BYTES = 4096;
const PROT_READ = 1;
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const MAP_PRIVATE = 2;
const MAP_FIXED = 0x10;
const MAP_POPULATE = 0x8000;
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
  return {
    addressOf: (bytes) => koffi.address(bytes),
    peek: (address) => BigInt(koffi.decode(address, 'uint64_t')),
    mapForWriting: (fd, length) =>
      map(0, length, PROT_READ_WRITE, MAP_SHARED | (linux ? MAP_POPULATE : 0), fd, 0),
    mapForReading: (fd, offset, length) => map(0, length, PROT_READ, MAP_PRIVATE, fd, offset),
    mapOver: (address, fd, offset, length) =>
      map(address, length, PROT_READ_WRITE, MAP_PRIVATE | MAP_FIXED, fd, offset) !== undefined,
    unmap: (address, length) => void munmap(address, length),
    copyTo: (address, bytes) => void copyTo(address, bytes, bytes.length),
    copyFrom: (address, bytes) => void copyFrom(bytes, address, bytes.length),
    view: (address, length) => koffi.view(BigInt(address), length),
    isOpenOnce(fd) {
      // The kernel gives a lease for writing only to the one who has the file to himself. It knows of every mapping and
      // of every death, which no count of ours would.
      if (!linux || fcntl(fd, F_SETSIG, 'int', SIGURG) !== 0) return false;
      if (fcntl(fd, F_SETLEASE, 'int', F_WRLCK) !== 0) return false;
      fcntl(fd, F_SETLEASE, 'int', F_UNLCK);
      return true;
    },
  };
}

let loaded: Pages | undefined;

/** @throws MprocError `ERR_PLATFORM` where there is no native library */
export function pages(): Pages {
  loaded ??= load();
  return loaded;
}
