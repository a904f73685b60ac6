import { pack } from '../../values/index.js';
import type { Worker, WorkerClass } from '../../worker/worker.js';
import { hasState, resetState, stateOf } from '../../worker/worker-state.js';
import type { Attempt } from './attempt.js';
import { readState } from './job-input.js';
import type { JobScope } from './job-scope.js';
import type { LoadedTask } from './load-task.js';

const NO_STATE: Buffer = Buffer.alloc(0);

/**
 * Workers of this process, used again and again: a class is constructed once for as many jobs as run side by side.
 * Between jobs a worker's own enumerable fields are set to the job's state; what it keeps in `#private` fields stays.
 */
export class WorkerInstances {
  readonly #idle = new Map<WorkerClass, Attempt[]>();
  /** Those of the class that was asked for last: most jobs in a row are of one. */
  #lastClass: WorkerClass | undefined;
  #lastIdle: Attempt[] = [];
  readonly #report: (ref: number, value: unknown) => void;
  readonly #scope: JobScope;

  /** @param report what is done with a report of progress */
  constructor(scope: JobScope, report: (ref: number, value: unknown) => void) {
    this.#scope = scope;
    this.#report = report;
  }

  take(
    task: LoadedTask,
    ref: number,
    ownState: Buffer | undefined,
    call: number,
    index: number,
    attemptNumber: number,
  ): Attempt {
    const attempt = this.#idleOf(task.workerClass).pop() ?? this.#make(task);
    const { worker, context } = attempt;
    attempt.task = task;
    attempt.ref = ref;
    attempt.carrier = undefined;
    attempt.unpackMs = -1;
    attempt.job = this.#scope.nextJob();
    context.renew(task.jobIdPrefixOf(call), index, attemptNumber);
    const packed = ownState ?? task.state;
    if (packed.length > 0) resetState(worker, readState(packed));
    else if (hasState(worker)) resetState(worker, undefined);
    return attempt;
  }

  #make(task: LoadedTask): Attempt {
    const worker: Worker = new task.workerClass();
    const context = task.workerClass.contextOf(worker);
    const attempt: Attempt = { task, worker, context, ref: NO_JOB, carrier: undefined, unpackMs: -1, job: 0 };
    attempt.context.report = (value) => {
      // A report that comes after the job's end must not be taken for another job's.
      const isLate = this.#scope.isOfAnother(attempt.job);
      // Something that its class calls did that: from now on its jobs have scopes.
      attempt.task.reports = true;
      if (attempt.ref !== NO_JOB && !isLate) this.#report(attempt.ref, value);
    };
    return attempt;
  }

  giveBack(attempt: Attempt): void {
    attempt.ref = NO_JOB;
    this.#idleOf(attempt.task.workerClass).push(attempt);
  }

  #idleOf(workerClass: WorkerClass): Attempt[] {
    if (workerClass === this.#lastClass) return this.#lastIdle;
    let idle = this.#idle.get(workerClass);
    if (idle === undefined) {
      idle = [];
      this.#idle.set(workerClass, idle);
    }
    this.#lastClass = workerClass;
    this.#lastIdle = idle;
    return idle;
  }
}

const NO_JOB = -1;

/** What changed in a worker's state during the attempt, packed; empty when nothing did. */
export function changedState(attempt: Attempt, before: Buffer): Buffer {
  const state = stateOf(attempt.worker);
  if (state === undefined && before.length === 0) return NO_STATE;
  const packed = pack(state ?? {}, 'state');
  return before.equals(packed) ? NO_STATE : Buffer.from(packed);
}
