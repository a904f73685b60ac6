import { statSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Report } from './report.js';

/** How often it is looked whether something has changed, in milliseconds. */
const LOOK_MS = 200;

/**
 * Waits for an end as long as something goes on meanwhile: a busy machine takes its time.
 * @param state something that changes with each step
 * @param hangsMs after so long without one it hangs
 * @returns whether it ended
 */
export async function endsWhileItGoesOn(
  ending: Promise<unknown>,
  state: () => number | string,
  hangsMs: number,
  report: Report,
): Promise<boolean> {
  let isDone = false;
  const watched = ending.then(() => {
    isDone = true;
  });
  let seen: number | string | undefined;
  for (let since = performance.now(); !isDone; await Promise.race([watched, sleep(LOOK_MS)])) {
    const now = state();
    if (now !== seen) {
      since = performance.now();
      report.lives();
    }
    seen = now;
    if (performance.now() - since > hangsMs) return false;
  }
  return true;
}

/** Of files that only grow; one that is not there yet has none. */
export function totalBytes(files: readonly string[]): number {
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}
