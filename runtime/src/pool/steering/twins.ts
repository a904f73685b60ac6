import type { Response } from '../../contracts/response.js';
import { settledResponse } from '../../response/job-response.js';
import type { WorkerClass } from '../../worker/worker.js';
import type { Job } from '../jobs/job.js';
import { checkedKey } from './steering.js';

/** What is to be done with one of them. */
export interface TwinEffects {
  /** The job before it was canceled, so this one is to run. */
  run(job: Job): void;
  answer(job: Job, response: Response<unknown>): void;
}

interface Group {
  readonly key: string;
  /** The one that waits or runs for all. */
  leader: Job;
  /** Those that have its answer, with what is to be done with each. */
  readonly others: Map<Job, TwinEffects>;
}

/** Jobs of one class and key: the first runs, and those that come before it is answered have the same answer. */
export class Twins {
  readonly #groups = new Map<WorkerClass, Map<string, Group>>();
  readonly #ofJob = new Map<Job, Group>();

  /**
   * @returns whether another job runs for it
   * @throws OptionError; what the caller's own function throws
   */
  join(job: Job, effects: TwinEffects): boolean {
    const key = job.steering?.keyOf?.(job.args, job.index);
    // What was asked for the key may have ended the call.
    if (key === undefined || job.answered || this.#ofJob.has(job)) return false;
    const groups = this.#groupsOf(job.task.workerClass);
    const group = groups.get(checkedKey(key));
    if (group !== undefined) {
      group.others.set(job, effects);
      this.#ofJob.set(job, group);
      return true;
    }
    const own = { key: checkedKey(key), leader: job, others: new Map<Job, TwinEffects>() };
    groups.set(own.key, own);
    this.#ofJob.set(job, own);
    return false;
  }

  /** The job that runs for this one, which may be itself. */
  leaderOf(job: Job): Job {
    return this.#ofJob.get(job)?.leader ?? job;
  }

  /** A job was answered, or let go of. */
  left(job: Job, response: Response<unknown> | undefined): void {
    const group = this.#ofJob.get(job);
    if (group === undefined) return;
    this.#ofJob.delete(job);
    if (group.leader !== job) group.others.delete(job);
    else if (response === undefined || isCalledOff(job, response)) this.#pass(group);
    else {
      this.#forget(group);
      for (const [other, effects] of group.others) {
        this.#ofJob.delete(other);
        effects.answer(other, sameAnswer(response, other));
      }
    }
  }

  /** The next one runs in place of the one that does not. */
  #pass(group: Group): void {
    const [next] = group.others;
    if (next === undefined) return this.#forget(group);
    const [job, effects] = next;
    group.others.delete(job);
    group.leader = job;
    effects.run(job);
  }

  #forget({ key, leader }: Group): void {
    const { workerClass } = leader.task;
    const groups = this.#groupsOf(workerClass);
    groups.delete(key);
    if (groups.size === 0) this.#groups.delete(workerClass);
  }

  #groupsOf(workerClass: WorkerClass): Map<string, Group> {
    const groups = this.#groups.get(workerClass) ?? new Map<string, Group>();
    this.#groups.set(workerClass, groups);
    return groups;
  }
}

/** Its own caller does not want it any more, or not so late: what others wait for is another matter. */
function isCalledOff(job: Job, { error }: Response<unknown>): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown };
  return job.stop?.kind === 'canceled' || code === 'ERR_JOB_CANCELED' || code === 'ERR_JOB_EXPIRED';
}

function sameAnswer(response: Response<unknown>, job: Job): Response<unknown> {
  const { ok, body, error, exitCode } = response;
  const { record } = job.caller;
  const attempts = [...response.attempts];
  const last = attempts.at(-1);
  if (ok && last !== undefined) {
    attempts.pop();
    record.note(job.index, last.pid, Float64Array.of(last.queuedMs, last.runMs));
  }
  return settledResponse(
    error,
    body,
    exitCode,
    job.index,
    record,
    attempts.length === 0 ? undefined : attempts,
  );
}
