import { libc } from '../../segment/libc.js';

/** How late it may end, in nanoseconds: by default a system may let it last three times as long. */
const SLACK_NS = 1_000;

/** Nobody ever wakes who waits here; a short sleep ends by itself. */
const NOBODY = new Int32Array(new SharedArrayBuffer(4));
let isPrecise = false;

/** Leaves the processor to others for a moment that is shorter than any timer's. */
export function sleepSync(ms: number): void {
  if (!isPrecise) libc().setTimerSlack(SLACK_NS);
  isPrecise = true;
  Atomics.wait(NOBODY, 0, 0, ms);
}
