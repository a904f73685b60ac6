/** Milliseconds of the system's monotonic clock, which all processes of a machine share and nobody can set. */
export function monotonicMs(): number {
  return performance.now() + offsetMs;
}

// hrtime reads the system's clock, performance.now the same one from the start of the process, and faster.
const offsetMs = Number(process.hrtime.bigint()) / 1e6 - performance.now();
