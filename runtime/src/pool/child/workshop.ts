import { pack, unpack } from '../../values/index.js';
import { resetState, stateOf, type Worker, type WorkerClass } from '../../worker/worker.js';
import type { Attempt } from './attempt.js';
import type { LoadedTask } from './load-task.js';

const NO_STATE: Buffer = Buffer.alloc(0);

/**
 * Workers of this process, used again and again: a class is constructed once for as many jobs as run side by side.
 * Between jobs a worker's own enumerable fields are set to the job's state; what it keeps in `#private` fields stays.
 */
export class Workshop {
  readonly #idle = new Map<WorkerClass, Worker[]>();

  take(
    task: LoadedTask,
    ownState: Buffer | undefined,
    call: number,
    index: number,
    attempt: number,
  ): Attempt {
    const worker = this.#idle.get(task.workerClass)?.pop() ?? new task.workerClass();
    const context = task.workerClass.contextOf(worker);
    context.renew(task.jobIdPrefixOf(call), index, attempt);
    const packed = ownState ?? task.state;
    if (packed.length > 0) resetState(worker, unpack(packed, 0, packed.length) as Record<string, unknown>);
    else if (stateOf(worker) !== undefined) resetState(worker, undefined);
    return { task, worker, context };
  }

  giveBack(attempt: Attempt): void {
    // A report that comes after the job's end must not be taken for the slot's next job's.
    attempt.context.report = undefined;
    const { workerClass } = attempt.task;
    const idle = this.#idle.get(workerClass);
    if (idle) idle.push(attempt.worker);
    else this.#idle.set(workerClass, [attempt.worker]);
  }
}

/** What changed in a worker's state during the attempt, packed; empty when nothing did. */
export function changedState(attempt: Attempt, before: Buffer): Buffer {
  const state = stateOf(attempt.worker);
  if (state === undefined && before.length === 0) return NO_STATE;
  const packed = pack(state ?? {}, 'state');
  return before.equals(packed) ? NO_STATE : Buffer.from(packed);
}
