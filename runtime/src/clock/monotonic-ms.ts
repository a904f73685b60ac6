import { realFunction } from './real-function.js';

/** A program may put a clock of its own in its place. */
const hrtime: typeof process.hrtime = realFunction('hrtime', process) ?? process.hrtime;

/**
 * Milliseconds of the system's monotonic clock: the same for all processes since the machine was started, and untouched
 * by changes of the wall clock.
 */
export function monotonicMs(): number {
  // Not `performance.now`: it is no faster, and a process that does not have it yet takes a millisecond to load it.
  const [seconds, nanoseconds] = hrtime();
  return seconds * 1e3 + nanoseconds / 1e6;
}
