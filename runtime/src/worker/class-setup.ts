import { inTime } from '../clock/in-time.js';
import { MprocError } from '../errors/errors.js';
import { asError } from './as-error.js';
import { titleOf } from './function/function-origin.js';
import type { WorkerClass } from './worker.js';

/** How long `setup` may take where no pool says it, in milliseconds. */
export const SETUP_TIMEOUT_MS = 30_000;

/** Classes that this process has set up, or is about to; the first one first. */
const ready = new Map<WorkerClass, Promise<void> | undefined>();

/**
 * Makes this process ready for jobs of a class: runs its `setup`, unless it has. One that has failed runs again.
 * @returns `undefined` where there is nothing to wait for
 * @throws MprocError `ERR_SETUP`
 */
export function setUp(workerClass: WorkerClass, timeoutMs: number): Promise<void> | undefined {
  const { setup, teardown } = workerClass;
  if (setup === undefined && teardown === undefined) return undefined;
  if (ready.has(workerClass)) return ready.get(workerClass);
  const done = setup === undefined ? undefined : begin(workerClass, timeoutMs);
  ready.set(workerClass, done);
  return done;
}

async function begin(workerClass: WorkerClass, timeoutMs: number): Promise<void> {
  try {
    await within('setup', timeoutMs, () => workerClass.setup?.());
    // From now on nobody waits for it.
    if (ready.has(workerClass)) ready.set(workerClass, undefined);
  } catch (thrown) {
    ready.delete(workerClass);
    const cause = asError(thrown);
    throw new MprocError('ERR_SETUP', `setup of ${titleOf(workerClass)} failed: ${cause.message}`, { cause });
  }
}

/**
 * Runs `teardown` of the classes that were set up, the last one first. One that fails is told, and the others run.
 * @param timeoutMs of all of them
 * @param isMeant whether a class is to be torn down now
 */
export async function tearDown(
  timeoutMs: number,
  report: (message: string, error: unknown) => void,
  isMeant: (workerClass: WorkerClass) => boolean = () => true,
): Promise<void> {
  for (const workerClass of [...ready.keys()].reverse().filter(isMeant)) {
    ready.delete(workerClass);
    try {
      await within('teardown', timeoutMs, () => workerClass.teardown?.());
    } catch (error) {
      report(`teardown of ${titleOf(workerClass)} failed:`, error);
    }
  }
}

async function within(what: string, timeoutMs: number, run: () => unknown): Promise<void> {
  const late = () => new Error(`${what} took longer than ${timeoutMs} ms`);
  await inTime((async () => run())(), timeoutMs, late);
}
