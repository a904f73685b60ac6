import type { Logger } from '../../../contracts/logger.js';
import { exitCodeOf } from '../../../response/job-response.js';
import type { Job } from '../../jobs/job.js';
import type { Task } from '../../jobs/task.js';
import { problemOfState, tellListeners } from '../../jobs/views.js';
import type { Outcomes } from '../ending/outcomes.js';
import type { Termination } from '../ending/termination.js';
import type { Bundle } from '../placing/bundle.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { WakePolicy } from '../placing/wake-policy.js';
import type { ChildSupervisor } from '../processes/child-supervisor.js';
import type { Report, ReportListener } from './report-receiver.js';

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
  resultLost(job: Job, report: Report): void;
}

/** What follows from what the children tell. */
export class ReportHandler implements ReportListener {
  readonly #allocator: SlotAllocator;
  readonly #supervisor: ChildSupervisor;
  readonly #waking: WakePolicy;
  readonly #outcomes: Outcomes;
  readonly #termination: Termination;
  readonly #effects: ReportEffects;

  constructor(
    allocator: SlotAllocator,
    supervisor: ChildSupervisor,
    waking: WakePolicy,
    outcomes: Outcomes,
    termination: Termination,
    effects: ReportEffects,
  ) {
    this.#allocator = allocator;
    this.#supervisor = supervisor;
    this.#waking = waking;
    this.#outcomes = outcomes;
    this.#termination = termination;
    this.#effects = effects;
    if (effects.keepsOutput) this.onAttemptEnd = (...end) => this.#keepOutput(...end);
  }

  readonly onAttemptEnd: ReportListener['onAttemptEnd'];

  #keepOutput(job: Job, child: number, use: number, ref: number): void {
    const output = this.#supervisor.outputOf(child)?.of(use, ref);
    if (output !== undefined && !job.answered) job.addOutput(output);
  }

  heldIn(slot: number, use: number): Job | Bundle | undefined {
    return this.#allocator.heldIn(slot, use);
  }

  onCorrupt(child: number, problem: string): void {
    this.#supervisor.endCorrupt(child, problem);
  }

  takeOut(bundle: Bundle): Job {
    return this.#allocator.bundles.takeOut(bundle);
  }

  onBundled(bundle: Bundle, body: unknown, report: Report): void {
    const { task } = bundle;
    const position = bundle.done;
    if (position % NOTED === 0) this.#noteRun(task, report.endedAt - report.startedAt);
    this.#allocator.bundles.oneDone(bundle);
    task.hasLoaded();
    this.#outcomes.bundled(bundle, position, body, this.#supervisor.pidOf(report.child), report);
  }

  onBundleEnded(bundle: Bundle, position: number): void {
    if (!this.#allocator.slots.isLastTurn(bundle.slot, position)) return;
    this.#effects.unbundle(bundle);
    // Its last job has not ended: it waits for something, as others of its kind will.
    if (bundle.last !== undefined) bundle.task.bundleSize.disappoint();
  }

  onLost(job: Job, report: Report): void {
    if (job.answered) this.#effects.forget(job);
    else this.#effects.resultLost(job, report);
  }

  #noteRun(task: Task, runMs: number): void {
    this.#waking.noteRun(runMs);
    task.bundleSize.note(runMs);
  }

  onResult(job: Job, body: unknown, report: Report): void {
    this.#noteRun(job.task, report.endedAt - report.startedAt);
    job.task.hasLoaded();
    if (report.state !== undefined && !job.answered) {
      const problem = problemOfState(report.state);
      if (problem !== undefined) return this.#fail(job, problem, undefined, report, undefined);
    }
    // Its time was over before, and only its stack was still taken.
    if (job.stop !== undefined && !job.answered && job.task.strategy === undefined)
      return this.#fail(job, job.stop.error, undefined, report, undefined);
    this.#allocator.release(job);
    if (job.answered) return this.#effects.forget(job);
    const pid = this.#supervisor.pidOf(report.child);
    this.#outcomes.succeeded(job, body, pid, report.startedAt, report.endedAt, report.state);
  }

  onFailure(job: Job, error: Error, exitCode: number | undefined, report: Report): void {
    if (job.answered) {
      this.#allocator.release(job);
      return this.#effects.forget(job);
    }
    if (job.notice === undefined) return this.#fail(job, error, exitCode, report, report.state);
    // The job has ended before: only its listeners in the child could not be told.
    this.#effects.logger.error(`listeners of job ${job.jobId} in its process were not told:`, error);
    this.onNoticed(job, undefined);
  }

  #fail(
    job: Job,
    error: Error,
    exitCode: number | undefined,
    { child, startedAt, endedAt }: Report,
    state: Buffer | undefined,
  ): void {
    const stop = job.stop;
    job.stop = undefined;
    const cause = stop?.error ?? error;
    this.#outcomes.failed(job, {
      kind: stop === undefined ? 'error' : 'timeout',
      error: cause,
      exitCode: stop === undefined ? (exitCode ?? exitCodeOf(error)) : exitCodeOf(cause),
      pid: this.#supervisor.pidOf(child),
      startedAt,
      endedAt,
      stack: stop?.stack,
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
    this.#allocator.release(job);
    if (job.answered) this.#effects.forget(job);
    else this.#termination.failLoad(job, cause);
  }

  onNoticed(job: Job, state: Buffer | undefined): void {
    this.#allocator.release(job);
    if (job.answered) return this.#effects.forget(job);
    if (state !== undefined) job.state = state;
    job.afterNotice?.();
  }

  onPacking(child: number, unpackMs: number, packMs: number): void {
    this.#outcomes.recorder?.packing(this.#supervisor.pidOf(child), unpackMs, packMs);
  }

  onLargeValueRead(child: number): void {
    this.#supervisor.largeValueRead(child);
  }

  pidOf(child: number): number {
    return this.#supervisor.pidOf(child);
  }

  onRead(child: number): void {
    this.#supervisor.heard(child);
    this.#supervisor.wakeUps.wakeStuck(child);
  }
}
