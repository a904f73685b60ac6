const SAMPLES = 16;

/**
 * Milliseconds of the system's monotonic clock: the same for all processes since the machine was started, and untouched
 * by changes of the wall clock. Processes agree to within a microsecond.
 */
export function monotonicMs(): number {
  return performance.now() + offsetMs;
}

// hrtime reads the system's clock, performance.now the same one from the start of the process, and faster.
const offsetMs = offsetOfProcess();

/** A process that loses its processor between the two readings sees too small an offset, so the largest is the nearest. */
function offsetOfProcess(): number {
  let nearest = Number.NEGATIVE_INFINITY;
  for (let sample = 0; sample < SAMPLES; sample += 1) {
    const hrtimeMs = Number(process.hrtime.bigint()) / 1e6;
    nearest = Math.max(nearest, hrtimeMs - performance.now());
  }
  return nearest;
}
