import { monotonicMs } from '../clock/monotonic-ms.js';
import { setTimeout } from '../clock/timers.js';
import { loadLibrary } from './libc.js';

/** From so many bytes on, new memory costs several times the copy that goes into it. */
const LARGE_BYTES = 64 * 1024;

/** What `malloc` of glibc does not map by itself, and so can keep (`DEFAULT_MMAP_THRESHOLD_MAX`). */
const KEPT_PIECE_BYTES = 32 * 1024 * 1024;
/** V8 lets about 64 MB of arrays lie before it looks which are used, and frees the others all at once. */
const KEPT_BYTES = 128 * 1024 * 1024;
/** How long it is kept while no large value comes, in milliseconds. */
const IDLE_MS = 1_000;

const M_TRIM_THRESHOLD = -1;
const M_MMAP_THRESHOLD = -3;

/** By these the user tells glibc how much to keep. */
const SETTINGS = ['MALLOC_MMAP_THRESHOLD_', 'MALLOC_TRIM_THRESHOLD_', 'GLIBC_TUNABLES'];

let trim: (() => void) | undefined;
let usedAt = 0;
let isKept = false;
let givenBytes = 0;

/**
 * Memory for the bytes of a value, its content what it may be. What was large and the garbage collector has found unused
 * the next ones get: memory that is new to the process costs a fault for each page.
 */
export function newMemory(lengthBytes: number): Buffer {
  if (lengthBytes >= LARGE_BYTES) {
    givenBytes += lengthBytes;
    if (lengthBytes < KEPT_PIECE_BYTES) keepFreed();
  }
  // Is not filled with zeros first.
  return Buffer.allocUnsafeSlow(lengthBytes);
}

/** How much large memory was given out since this was asked, in bytes. */
export function largeBytesGivenLately(): number {
  const bytes = givenBytes;
  givenBytes = 0;
  return bytes;
}

/** Without this `malloc` gives memory back to the system at once, which takes longer than to copy a value into it. */
function keepFreed(): void {
  trim ??= load();
  usedAt = monotonicMs();
  if (!isKept) giveBackAfter(IDLE_MS);
  isKept = true;
}

function giveBackAfter(ms: number): void {
  const timer = setTimeout(() => {
    const idleMs = monotonicMs() - usedAt;
    if (idleMs < IDLE_MS) return giveBackAfter(IDLE_MS - idleMs);
    isKept = false;
    trim?.();
  }, ms);
  timer.unref();
}

/** Returns what gives the memory back. What the environment says of `malloc` stays as it is said. */
function load(): () => void {
  if (process.platform !== 'linux' || SETTINGS.some((name) => process.env[name] !== undefined))
    return () => {};
  try {
    const { lib } = loadLibrary();
    const set = lib.func('mallopt', 'int', ['int', 'int']);
    const trim = lib.func('malloc_trim', 'int', ['size_t']);
    set(M_MMAP_THRESHOLD, KEPT_PIECE_BYTES);
    set(M_TRIM_THRESHOLD, KEPT_BYTES);
    return () => void trim(0);
  } catch {
    // Not every C library has them.
    return () => {};
  }
}
