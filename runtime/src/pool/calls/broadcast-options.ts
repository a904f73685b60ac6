import { LONGEST_TIMER_MS } from '../../clock/timers.js';
import { OptionError } from '../../errors/errors.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { limit } from '../../options/limit.js';
import { titleOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import { servedClass } from '../jobs/task.js';
import { ANSWER_MS } from '../parent/processes/broadcasts.js';

/** Options of `broadcast`. */
export interface BroadcastOptions {
  /** How long a process has to answer, in milliseconds. @default 10,000 @throws `ERR_MESSAGE_TIMEOUT` as the reason of its answer */
  readonly timeoutMs?: number;
  /**
   * With `queues`: the processes of all hosts that serve the class, and no others, hear it. It takes a third of `leaseMs`, two
   * seconds and `timeoutMs`, as a host may look so late; those that have not answered by then are not among the answers.
   * @default false
   * @throws `ERR_UNSUPPORTED` where the engine shows nothing without taking it
   */
  readonly everywhere?: boolean;
}

/** @throws OptionError */
export function checkedBroadcast(
  worker: unknown,
  options: BroadcastOptions,
): { workerClass: WorkerClass; timeoutMs: number } {
  const workerClass = servedClass(worker as WorkerClass);
  if (typeof workerClass.onMessage !== 'function')
    throw new OptionError(
      `${titleOf(workerClass)} hears no messages; give it a static onMessage(message), or a function of defineWorker the option onMessage`,
    );
  return { workerClass, timeoutMs: checkedTimeout(options) };
}

/** For a class that is given by its name. @throws OptionError */
export function namedTimeout(name: string, options: BroadcastOptions): number {
  if (options.everywhere) return checkedTimeout(options);
  throw new OptionError(
    `a name reaches the hosts that serve the class: give { everywhere: true }, or a class or function in place of ${JSON.stringify(name)}`,
  );
}

/** @throws OptionError */
function checkedTimeout(options: BroadcastOptions): number {
  mustKnowOptions('broadcast', options, { timeoutMs: true, everywhere: true });
  const timeoutMs = limit('timeoutMs', options.timeoutMs ?? ANSWER_MS) ?? Number.POSITIVE_INFINITY;
  return Math.min(timeoutMs, LONGEST_TIMER_MS);
}
