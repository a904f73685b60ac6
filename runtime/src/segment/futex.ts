import { loadLibrary } from './libc.js';

/** The number of the system call, of each processor that Node.js is built for on Linux. */
const FUTEX: Partial<Record<NodeJS.Architecture, number>> = {
  x64: 202,
  arm64: 98,
  ppc64: 221,
  s390x: 238,
  riscv64: 98,
};
const WAIT = 0;
const WAKE = 1;
const ONE = 1;
const NS_PER_MS = 1e6;

/** Sleeps on words of shared memory, in the system itself: who is woken there goes on some microseconds later. */
export interface Futex {
  /** Sleeps while the word has this value, until somebody wakes it there, at most so many milliseconds, less than a thousand. */
  wait(address: number, value: number, ms: number): void;
  /** Wakes one that sleeps on the word, after it was changed. `false` when nobody did. */
  wake(address: number): boolean;
}

let found: Futex | undefined;
let isKnown = false;

/** `undefined` where the system has no such thing that can be called, as on macOS. */
export function futex(): Futex | undefined {
  if (!isKnown) found = load();
  isKnown = true;
  return found;
}

function load(): Futex | undefined {
  const number = process.platform === 'linux' ? FUTEX[process.arch] : undefined;
  if (number === undefined) return undefined;
  const { koffi, lib } = loadLibrary();
  // It is variadic in C; on these systems what follows the first parameter is passed as if it were not.
  const call = lib.func(
    'long syscall(long number, uint64_t word, int operation, uint32_t value, uint64_t timeout)',
  );
  // `struct timespec`.
  const timeout = new BigInt64Array(2);
  const timeoutAt = Number(koffi.address(timeout));
  return {
    wait(address, value, ms) {
      timeout[1] = BigInt(Math.round(ms * NS_PER_MS));
      call(number, address, WAIT, value, timeoutAt);
    },
    wake: (address) => call(number, address, WAKE, ONE, 0) === ONE,
  };
}
