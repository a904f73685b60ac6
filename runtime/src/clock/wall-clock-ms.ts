import { realFunction } from './real-function.js';

/** A test runner may hold the clock, or have held it before this was loaded. */
const RealDate = realFunction<DateConstructor>('Date', globalThis);
const now = RealDate?.now ?? (() => performance.timeOrigin + performance.now());

/** Milliseconds since 1970, as the system tells them. */
export function wallClockMs(): number {
  return now();
}
