import { closeSync, ftruncateSync } from 'node:fs';
import { loadLibrary } from '../segment/libc.js';

const NAME = 'mproc-thread';
/** What a ledger's descriptor leads to, in /proc/self/fd. */
export const LEDGER_LINK = `/memfd:${NAME} (deleted)`;

const MFD_CLOEXEC = 1;
const PROT_READ_WRITE = 1 | 2;
const MAP_SHARED = 1;
const WNOHANG = 1;

/** Numbers of an entry: its kind, and three that say what it is of. */
export const ENTRY_NUMBERS = 4;
const ENTRIES = 4_096;
const LENGTH_BYTES = (ENTRIES + 1) * ENTRY_NUMBERS * 8;

export const EntryKind = { Free: 0, Descriptor: 1, Mapping: 2, Child: 3 } as const;
export type EntryKind = (typeof EntryKind)[keyof typeof EntryKind];

/** The numbers before the entries. */
export const LEDGER_HEADER = { magic: 0, threadId: 1, startTime: 2 } as const;
export const LEDGER_MAGIC = 0x6d70_7468;
/** As a 32-bit word: set by the thread that clears up. */
export const CLAIM_WORD = 6;

export interface LedgerMemory {
  readonly fd: number;
  readonly numbers: Float64Array;
  readonly words: Int32Array;
  readonly address: bigint;
  readonly lengthBytes: number;
  unmap(): void;
}

type NativeFunction = (...values: unknown[]) => unknown;

interface Calls {
  memfdCreate: NativeFunction;
  mmap: NativeFunction;
  munmap: NativeFunction;
  waitpid: NativeFunction;
  view(at: bigint): ArrayBuffer;
}

let calls: Calls | undefined;

function load(): Calls {
  const { koffi, lib } = loadLibrary();
  return {
    memfdCreate: lib.func('int memfd_create(const char *name, unsigned int flags)'),
    mmap: lib.func('mmap', 'intptr_t', ['uintptr_t', 'size_t', 'int', 'int', 'int', 'int64_t']),
    munmap: lib.func('munmap', 'int', ['uintptr_t', 'size_t']),
    waitpid: lib.func('int waitpid(int pid, _Out_ int *status, int options)'),
    view: (at) => koffi.view(at, LENGTH_BYTES),
  };
}

function native(): Calls {
  calls ??= load();
  return calls;
}

/** @returns `undefined` when it cannot be had: what would be written there is not written down then */
export function createLedgerMemory(): LedgerMemory | undefined {
  let fd = -1;
  let memory: LedgerMemory | undefined;
  try {
    fd = native().memfdCreate(NAME, MFD_CLOEXEC) as number;
    if (fd < 0) return undefined;
    ftruncateSync(fd, LENGTH_BYTES);
    memory = mapLedgerMemory(fd);
    return memory;
  } catch {
    // Not every C library has it.
    return undefined;
  } finally {
    if (memory === undefined && fd >= 0) closeSync(fd);
  }
}

export function mapLedgerMemory(fd: number): LedgerMemory | undefined {
  const { mmap, munmap, view } = native();
  const at = BigInt(mmap(0, LENGTH_BYTES, PROT_READ_WRITE, MAP_SHARED, fd, 0) as number | bigint);
  if (at === -1n) return undefined;
  const buffer = view(at);
  return {
    fd,
    numbers: new Float64Array(buffer),
    words: new Int32Array(buffer),
    address: at,
    lengthBytes: LENGTH_BYTES,
    unmap: () => void munmap(at, LENGTH_BYTES),
  };
}

/**
 * Lets go of what the system keeps of a child that has ended; nobody else may wait for it.
 * @returns `false` while one of its threads has still to end
 */
export function reap(pid: number): boolean {
  return native().waitpid(pid, new Int32Array(1), WNOHANG) !== 0;
}
