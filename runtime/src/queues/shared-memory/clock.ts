/**
 * Milliseconds of the system's monotonic clock: the same for all processes since the machine was started,
 * and untouched by changes of the wall clock.
 */
export function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}
