import type { JobEvent } from '../../contracts/job-event.js';
import type { Logger } from '../../contracts/logger.js';
import { exitCodeOf, JobResponse } from '../../response/job-response.js';
import { classListeners } from '../../worker/class-listeners.js';
import { resetState } from '../../worker/worker-state.js';
import { type Attempt, fire, runWithEvents } from '../child/attempt.js';
import { JobScope } from '../child/job-scope.js';
import { changedState } from '../child/worker-instances.js';
import type { Job } from '../jobs/job.js';
import { tellListeners } from '../jobs/views.js';
import type { Notice } from '../protocol.js';
import { readPacked, roundTrip, roundTripThrown } from './round-trip.js';

/** How an attempt has ended. */
export type Ended =
  | { readonly ok: true; readonly body: unknown; readonly state: Buffer | undefined }
  | {
      readonly ok: false;
      readonly error: Error;
      readonly exitCode: number;
      readonly state: Buffer | undefined;
    };

/** One attempt of a job in this process, with what a process would get of it. */
export class InlineAttempt {
  readonly #job: Job;
  readonly #attempt: Attempt;
  readonly #scope = new JobScope();
  readonly #before: Buffer;
  readonly #logger: Logger;

  /** @throws whatever the constructor of the worker throws; ValueError for a state that cannot be read */
  constructor(job: Job, logger: Logger, onProgress: (value: unknown) => void) {
    const { task } = job;
    const { workerClass } = task;
    this.#job = job;
    this.#logger = logger;
    this.#before = job.state ?? task.state;
    const worker = new workerClass();
    const context = workerClass.contextOf(worker);
    this.#attempt = {
      task: {
        workerClass,
        jobIdPrefixOf: () => job.caller.record.jobIdPrefix,
        state: task.state,
        listeners: classListeners(workerClass),
        parentEvents: new Set(task.listened),
        sendState: task.listened.length > 0,
        isHeard: true,
        reports: false,
      },
      worker,
      context,
      ref: 0,
      carrier: job.carrier,
      unpackMs: -1,
      job: 0,
    };
    context.renew(job.caller.record.jobIdPrefix, job.index, job.attempt);
    context.logger = logger;
    if (job.before !== undefined) context.before = job.before;
    context.report = (value) => onProgress(roundTrip(value, 'progress'));
    if (this.#before.length > 0)
      resetState(worker, readPacked(this.#before, 'state') as Record<string, unknown>);
    else resetState(worker, undefined);
  }

  abort(): void {
    this.#attempt.context.abort(undefined);
  }

  /** @param packedArgs what the job was given */
  async run(packedArgs: Buffer): Promise<Ended> {
    const tellParent = (type: JobEvent) => void tellListeners(this.#job, type, this.#logger);
    try {
      const args = readPacked(packedArgs, 'args');
      const outcome = await runWithEvents(this.#attempt, this.#scope, args, tellParent, () => {});
      return this.#returned(outcome);
    } catch (thrown) {
      return this.#thrown(thrown);
    }
  }

  #returned(outcome: unknown): Ended {
    if (!JobResponse.isResponse(outcome)) {
      const state = this.#attempt.task.sendState ? this.#changed() : undefined;
      return { ok: true, body: roundTrip(outcome, 'result'), state };
    }
    const { ok, body, error, exitCode } = outcome;
    const held = roundTrip({ ok, body, error, exitCode }, 'result') as {
      body: unknown;
      error: Error;
      exitCode: number;
    };
    if (ok) return { ok, body: held.body, state: undefined };
    return { ok: false, error: held.error, exitCode: held.exitCode, state: this.#changed() };
  }

  #thrown(thrown: unknown): Ended {
    let error = roundTripThrown(thrown);
    let state: Buffer | undefined;
    try {
      state = this.#changed();
    } catch (refused) {
      error = roundTripThrown(refused);
    }
    return { ok: false, error, exitCode: exitCodeOf(error), state };
  }

  #changed(): Buffer | undefined {
    const state = changedState(this.#attempt, this.#before);
    return state.length === 0 ? undefined : state;
  }

  /** Tells the listeners of the class of an end, or a retry. @returns the state that they leave */
  async notice({ type, error, kind, delayMs }: Notice): Promise<Buffer | undefined> {
    await fire(this.#attempt, type as JobEvent, {
      ...(error instanceof Error && { error }),
      ...(kind && { kind }),
      ...(delayMs !== undefined && { delayMs }),
    });
    try {
      return this.#changed();
    } catch (problem) {
      this.#logger.error(`job ${this.#job.jobId}: a listener left a state that cannot be sent:`, problem);
      return undefined;
    }
  }
}
