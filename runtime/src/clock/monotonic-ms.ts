const MOST_SAMPLES = 64;
/** Two readings this close to each other, in milliseconds, had nothing between them. */
const NEAR_MS = 0.001;

/**
 * Milliseconds of the system's monotonic clock: the same for all processes since the machine was started, and untouched
 * by changes of the wall clock. Processes agree to within a microsecond.
 */
export function monotonicMs(): number {
  return performance.now() + offsetMs;
}

// hrtime reads the system's clock, performance.now the same one from the start of the process, and faster.
const offsetMs = offsetOfProcess();

/** A process that loses its processor between two readings sees too small an offset, so the largest is the nearest. */
function offsetOfProcess(): number {
  let nearest = Number.NEGATIVE_INFINITY;
  for (let sample = 0; sample < MOST_SAMPLES; sample += 1) {
    const before = performance.now();
    const hrtimeMs = Number(process.hrtime.bigint()) / 1e6;
    const after = performance.now();
    nearest = Math.max(nearest, hrtimeMs - after);
    if (after - before <= NEAR_MS) break;
  }
  return nearest;
}
