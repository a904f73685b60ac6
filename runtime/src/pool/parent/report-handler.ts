import type { Logger } from '../../contracts/logger.js';
import { exitCodeOf } from '../../response/job-response.js';
import type { Bundle } from './bundle.js';
import type { Hearing, Told } from './collector.js';
import type { Fleet } from './fleet.js';
import type { Job } from './job.js';
import type { Outcomes } from './outcomes.js';
import type { SlotDesk } from './slot-desk.js';
import type { Task } from './task.js';
import type { Termination } from './termination.js';
import { problemOfState, tellListeners } from './views.js';
import type { WakePolicy } from './wake-policy.js';

/** Of the jobs of a bundle one in so many is asked how long it ran. */
const NOTED = 4;

export interface ReportEffects {
  readonly logger: Logger;
  /** Are responses to have what their jobs have printed? */
  readonly keepsOutput: boolean;
  /** Nothing is left of a job that was answered before. */
  forget(job: Job): void;
  /** Ends a bundle, and has those jobs of it run elsewhere that nobody has begun. */
  unbundle(bundle: Bundle): void;
  /** The result of a job that is in no slot any more went with its process. */
  resultLost(job: Job, told: Told): void;
}

/** What follows from what the children tell. */
export class ReportHandler implements Hearing {
  readonly #desk: SlotDesk;
  readonly #fleet: Fleet;
  readonly #waking: WakePolicy;
  readonly #outcomes: Outcomes;
  readonly #termination: Termination;
  readonly #effects: ReportEffects;

  constructor(
    desk: SlotDesk,
    fleet: Fleet,
    waking: WakePolicy,
    outcomes: Outcomes,
    termination: Termination,
    effects: ReportEffects,
  ) {
    this.#desk = desk;
    this.#fleet = fleet;
    this.#waking = waking;
    this.#outcomes = outcomes;
    this.#termination = termination;
    this.#effects = effects;
    if (effects.keepsOutput) this.onAttemptEnd = (...end) => this.#keepOutput(...end);
  }

  readonly onAttemptEnd: Hearing['onAttemptEnd'];

  #keepOutput(job: Job, child: number, use: number, ref: number): void {
    const output = this.#fleet.outputOf(child)?.of(use, ref);
    if (output !== undefined && !job.answered) job.addOutput(output);
  }

  heldIn(slot: number, use: number): Job | Bundle | undefined {
    return this.#desk.heldIn(slot, use);
  }

  onCorrupt(child: number, problem: string): void {
    this.#fleet.endCorrupt(child, problem);
  }

  takeOut(bundle: Bundle): Job {
    return this.#desk.bundles.takeOut(bundle);
  }

  onBundled(bundle: Bundle, body: unknown, told: Told): void {
    const { task } = bundle;
    const position = bundle.done;
    if (position % NOTED === 0) this.#noteRun(task, told.endedAt - told.startedAt);
    this.#desk.bundles.oneDone(bundle);
    task.hasLoaded();
    this.#outcomes.bundled(bundle, position, body, this.#fleet.pidOf(told.child), told);
  }

  onBundleEnded(bundle: Bundle, position: number): void {
    if (!this.#desk.slots.isLastTurn(bundle.slot, position)) return;
    this.#effects.unbundle(bundle);
    // Its last job has not ended: it waits for something, as others of its kind will.
    if (bundle.last !== undefined) bundle.task.bundleSize.disappoint();
  }

  onLost(job: Job, told: Told): void {
    if (job.answered) this.#effects.forget(job);
    else this.#effects.resultLost(job, told);
  }

  #noteRun(task: Task, runMs: number): void {
    this.#waking.noteRun(runMs);
    task.bundleSize.note(runMs);
  }

  onResult(job: Job, body: unknown, told: Told): void {
    this.#noteRun(job.task, told.endedAt - told.startedAt);
    job.task.hasLoaded();
    if (told.state !== undefined && !job.answered) {
      const problem = problemOfState(told.state);
      if (problem !== undefined) return this.#fail(job, problem, undefined, told, undefined);
    }
    this.#desk.release(job);
    if (job.answered) return this.#effects.forget(job);
    const pid = this.#fleet.pidOf(told.child);
    this.#outcomes.succeeded(job, body, pid, told.startedAt, told.endedAt, told.state);
  }

  onFailure(job: Job, error: Error, exitCode: number | undefined, told: Told): void {
    if (job.answered) {
      this.#desk.release(job);
      return this.#effects.forget(job);
    }
    if (job.notice === undefined) return this.#fail(job, error, exitCode, told, told.state);
    // The job has ended before: only its listeners in the child could not be told.
    this.#effects.logger.error(`listeners of job ${job.jobId} in its process were not told:`, error);
    this.onNoticed(job, undefined);
  }

  #fail(
    job: Job,
    error: Error,
    exitCode: number | undefined,
    { child, startedAt, endedAt }: Told,
    state: Buffer | undefined,
  ): void {
    const stop = job.stop;
    job.stop = undefined;
    const cause = stop?.error ?? error;
    this.#outcomes.failed(job, {
      kind: stop === undefined ? 'error' : 'timeout',
      error: cause,
      exitCode: stop === undefined ? (exitCode ?? exitCodeOf(error)) : exitCodeOf(cause),
      pid: this.#fleet.pidOf(child),
      startedAt,
      endedAt,
      state,
    });
  }

  onEvent(job: Job, type: string): void {
    if (!job.answered) void tellListeners(job, type as never, this.#effects.logger);
  }

  onProgress(job: Job, value: unknown): void {
    if (!job.answered) job.caller.progress(job, value);
  }

  onLoadFailed(job: Job, cause: Error): void {
    this.#desk.release(job);
    if (job.answered) this.#effects.forget(job);
    else this.#termination.failLoad(job, cause);
  }

  onNoticed(job: Job, state: Buffer | undefined): void {
    this.#desk.release(job);
    if (job.answered) return this.#effects.forget(job);
    if (state !== undefined) job.state = state;
    job.afterNotice?.();
  }

  onParcelTaken(child: number): void {
    this.#fleet.parcelTaken(child);
  }

  pidOf(child: number): number {
    return this.#fleet.pidOf(child);
  }

  onRead(child: number): void {
    this.#fleet.heard(child);
    this.#fleet.wakeStuck(child);
  }
}
