import { LONGEST_TIMER_MS } from '../../clock/timers.js';
import { OptionError } from '../../errors/errors.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { limit } from '../../options/limit.js';
import { titleOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import { servedClass } from '../parent/task.js';

export interface BroadcastOptions {
  /** How long a process has to answer, in milliseconds. @default 10,000 */
  readonly timeoutMs?: number;
}

/** @throws OptionError */
export function checkedBroadcast(
  worker: unknown,
  options: BroadcastOptions,
): { workerClass: WorkerClass; timeoutMs: number } {
  mustKnowOptions('broadcast', options, { timeoutMs: true });
  const workerClass = servedClass(worker as WorkerClass);
  if (typeof workerClass.onMessage !== 'function')
    throw new OptionError(
      `${titleOf(workerClass)} hears no messages; give it a static onMessage(message), or a function of defineWorker the option onMessage`,
    );
  const timeoutMs = limit('timeoutMs', options.timeoutMs ?? 10_000) ?? Number.POSITIVE_INFINITY;
  return { workerClass, timeoutMs: Math.min(timeoutMs, LONGEST_TIMER_MS) };
}
