import { JobEvent } from '../../../contracts/job-event.js';
import type { Logger } from '../../../contracts/logger.js';
import type { Attempt, Response } from '../../../contracts/response.js';
import type { Decision, Failure } from '../../../contracts/strategy.js';
import { ValueError } from '../../../errors/errors.js';
import type { CallRecord } from '../../../response/call-record.js';
import { exitCodeOf, settledResponse, signalOf } from '../../../response/job-response.js';
import { decide } from '../../../strategies/decide.js';
import type { Recorder } from '../../../trace/recorder.js';
import { packThrown } from '../../../values/index.js';
import { within } from '../../calls/caller-context.js';
import type { Caller } from '../../jobs/caller.js';
import type { Job } from '../../jobs/job.js';
import type { Task } from '../../jobs/task.js';
import { keepChanges, problemOfState, showState, tellListeners } from '../../jobs/views.js';
import type { Notice } from '../../protocol.js';
import type { Bundle } from '../placing/bundle.js';

/** How an attempt went wrong. Times are milliseconds since the segment was made. */
export interface FailedAttempt {
  readonly kind: Failure['kind'];
  readonly error: Error;
  readonly exitCode: number;
  readonly pid: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** Where it was when it was stopped. */
  readonly stack?: string | undefined;
  /** What the attempt made of the worker's fields. */
  readonly state?: Buffer | undefined;
}

/** In milliseconds since the segment was made. */
interface AttemptTimes {
  readonly startedAt: number;
  readonly endedAt: number;
}

export interface OutcomeEffects {
  readonly logger: Logger;
  /** Keeps what the job needs for another attempt, and gives its slot back. */
  takeBack(job: Job): void;
  /** Has the pool ended? The user's code that is asked or told may have ended it. */
  hasEnded(): boolean;
  /** Puts a job in line again. */
  again(job: Job, delayMs: number | undefined): void;
  /** Lets a child tell the listeners of the class; `job.afterNotice` is called when it has, or cannot. */
  notify(job: Job): void;
  answer(job: Job, response: Response<unknown>): void;
  /** The same for a first attempt that has succeeded, of a job that there is no object for. */
  answerPlain(task: Task, caller: Caller, index: number, body: unknown): void;
  /**
   * Writes a job down that has failed for good, where that is asked for.
   * @param state what its last attempt began with
   * @returns the file, if there is one
   */
  readonly keepFailed: ((job: Job, error: Error, state: Buffer) => string | undefined) | undefined;
}

/** What follows an attempt: its events, the strategy's decision, the answer. */
export class Outcomes {
  readonly #effects: OutcomeEffects;
  /** A number that is handed from function to function is an object for V8; in an array it is none. */
  readonly #spent = new Float64Array(2);

  /** Jobs whose `Retry` listeners have not finished. */
  readonly #listening = new Set<Job>();
  /** Keeps what happens, while the pool is traced. */
  recorder: Recorder | undefined;
  /** Its attempt has just failed, and the user's code is asked what follows. */
  #atHand: Job | undefined;

  constructor(effects: OutcomeEffects) {
    this.#effects = effects;
  }

  /** Jobs that are between two attempts, because listeners are busy with them. */
  jobs(): Job[] {
    return this.#atHand === undefined ? [...this.#listening] : [this.#atHand, ...this.#listening];
  }

  succeeded(
    job: Job,
    body: unknown,
    pid: number,
    startedAt: number,
    endedAt: number,
    state: Buffer | undefined,
  ): void {
    if (job.task.hears(JobEvent.Success)) {
      if (state !== undefined) job.state = state;
      job.isEnding = true;
      showState(job, this.#effects.logger);
      void tellListeners(job, JobEvent.Success, this.#effects.logger, { body });
    }
    const { record } = job.caller;
    this.recorder?.attempt(
      job.task,
      job.caller,
      job.index,
      job.attempt,
      undefined,
      pid,
      job.queuedAt,
      startedAt,
      endedAt,
    );
    const { figures } = job.task;
    figures.succeeded += 1;
    figures.noteAttempt(this.#note(record, job.index, pid, job.queuedAt, { startedAt, endedAt }));
    this.#effects.answer(job, settledResponse(undefined, body, 0, job.index, record, job.earlier));
  }

  /** @returns how long it waited and ran; valid until the next one */
  #note(record: CallRecord, index: number, pid: number, queuedAt: number, times: AttemptTimes): Float64Array {
    const { startedAt, endedAt } = times;
    const spent = this.#spent;
    spent[0] = Math.max(0, startedAt - queuedAt);
    spent[1] = endedAt - startedAt;
    record.note(index, pid, spent);
    return spent;
  }

  /** An attempt has failed. */
  #count(job: Job, kind: Failure['kind'], queuedMs: number, runMs: number): void {
    const { figures } = job.task;
    const spent = this.#spent;
    spent[0] = queuedMs;
    spent[1] = runMs;
    figures.noteAttempt(spent);
    if (kind === 'timeout') figures.timedOut += 1;
    if (kind === 'crash') figures.crashed += 1;
  }

  /** A job of a bundle has succeeded: nobody listens, and there was no attempt before. */
  bundled(
    { task, caller, first, queuedAt }: Bundle,
    position: number,
    body: unknown,
    pid: number,
    times: AttemptTimes,
  ): void {
    const index = first + position;
    if (this.recorder !== undefined) {
      const { startedAt, endedAt } = times;
      this.recorder.attempt(task, caller, index, 1, undefined, pid, queuedAt, startedAt, endedAt);
    }
    task.figures.noteBundled(this.#note(caller.record, index, pid, queuedAt, times));
    this.#effects.answerPlain(task, caller, index, body);
  }

  failed(job: Job, attempt: FailedAttempt): void {
    this.#effects.takeBack(job);
    // Whoever is asked may use the pool, which may hear of another attempt then.
    const before = this.#atHand;
    this.#atHand = job;
    try {
      this.#goOnAfter(job, attempt);
    } finally {
      this.#atHand = before;
    }
  }

  #goOnAfter(job: Job, attempt: FailedAttempt): void {
    const begunWith = job.state;
    if (attempt.state !== undefined) this.#keepState(job, attempt.state);
    job.unreadable = undefined;
    showState(job, this.#effects.logger);
    if (job.firstStartedAt === 0) job.firstStartedAt = attempt.startedAt;
    this.#keepRecord(job, attempt);
    const decision = this.#decide(job, attempt);
    if (job.answered || this.#effects.hasEnded()) return;
    if (decision instanceof Error) this.#fail(job, { ...attempt, error: decision }, begunWith);
    else if (decision.action === 'fail') this.#fail(job, attempt, begunWith);
    else this.#retry(job, attempt, decision.action === 'later' ? Math.max(0, decision.delayMs) : undefined);
  }

  #keepRecord(job: Job, attempt: FailedAttempt): void {
    const record = recordOf(job, attempt);
    job.earlier ??= [];
    job.earlier.push(record);
    this.#count(job, attempt.kind, record.queuedMs, record.runMs);
    const { kind, pid, startedAt, endedAt } = attempt;
    this.recorder?.attempt(
      job.task,
      job.caller,
      job.index,
      job.attempt,
      kind,
      pid,
      job.queuedAt,
      startedAt,
      endedAt,
    );
    this.recorder?.failure?.({
      ...{ at: endedAt, pid, jobId: job.jobId, class: job.task.name, attempt: job.attempt },
      ...{ failure: kind, error: String(attempt.error), stack: attempt.stack },
    });
  }

  /** What an attempt has left is what the next begins with, unless nobody can read it: then each attempt to come would fail. */
  #keepState(job: Job, state: Buffer): void {
    const problem = problemOfState(state);
    if (!(problem instanceof ValueError)) job.state = state;
    else this.#effects.logger.error(`job ${job.jobId}: what an attempt has left cannot be read:`, problem);
  }

  /** Answers a job whose attempts have come to nothing. */
  #fail(job: Job, attempt: FailedAttempt, begunWith: Buffer | undefined): void {
    const { error, kind } = attempt;
    job.isEnding = true;
    if (job.stop?.kind === 'canceled') job.task.figures.canceled += 1;
    else job.task.figures.failed += 1;
    const file = job.stop?.kind === 'canceled' ? undefined : this.#keep(job, error, begunWith);
    this.#notify(job, JobEvent.Failed, { error, kind }, () => {
      void tellListeners(job, JobEvent.Failed, this.#effects.logger, { error, kind });
      this.#answerFailure(job, error, attempt.exitCode, file);
    });
  }

  #keep(job: Job, error: Error, begunWith: Buffer | undefined): string | undefined {
    return this.#effects.keepFailed?.(job, error, begunWith ?? job.task.state);
  }

  /** Answers a job that will not run: what it was given cannot be sent, or it is not wanted any more. */
  refused(job: Job, error: Error): void {
    job.isEnding = true;
    job.task.figures.failed += 1;
    void tellListeners(job, JobEvent.Failed, this.#effects.logger, { error, kind: 'error' });
    this.#answerFailure(job, error, exitCodeOf(error));
  }

  canceled(job: Job, error: Error): void {
    // One that had begun beside a job that was killed has no earlier attempt, but its listeners know of its start.
    const type = job.earlier || job.firstStartedAt !== 0 ? JobEvent.Failed : JobEvent.Canceled;
    job.isEnding = true;
    job.task.figures.canceled += 1;
    this.#notify(job, type, { error }, () => {
      void tellListeners(job, type, this.#effects.logger, { error });
      this.#answerFailure(job, error, exitCodeOf(error));
    });
  }

  /** Answers a job that is stopped while it still runs; what its process says later is not listened to. */
  stopped(job: Job, error: Error, attempt: Omit<FailedAttempt, 'error' | 'exitCode'>): void {
    const exitCode = exitCodeOf(error);
    this.#keepRecord(job, { ...attempt, error, exitCode });
    if (attempt.kind === 'timeout') job.task.figures.failed += 1;
    else job.task.figures.canceled += 1;
    job.isEnding = true;
    const file = attempt.kind === 'timeout' ? this.#keep(job, error, job.state) : undefined;
    void tellListeners(job, JobEvent.Failed, this.#effects.logger, { error, kind: attempt.kind });
    this.#answerFailure(job, error, exitCode, file);
  }

  /** Answers a job that is stopped between two attempts, while a child tells the listeners of the class of its retry. */
  stoppedBetween(job: Job, error: Error): void {
    job.isEnding = true;
    job.task.figures.canceled += 1;
    void tellListeners(job, JobEvent.Failed, this.#effects.logger, { error });
    this.#answerFailure(job, error, exitCodeOf(error));
  }

  #answerFailure(job: Job, error: Error, exitCode: number, replayFile?: string): void {
    const { record } = job.caller;
    const response = settledResponse(error, undefined, exitCode, job.index, record, job.earlier);
    this.#effects.answer(job, replayFile === undefined ? response : Object.assign(response, { replayFile }));
  }

  #retry(job: Job, attempt: FailedAttempt, delayMs: number | undefined): void {
    const { error, kind } = attempt;
    const told = { error, kind, delayMs: delayMs ?? 0 };
    job.task.figures.retried += 1;
    const { pid, endedAt: at } = attempt;
    this.recorder?.note({ kind: 'retry', at, pid, jobId: job.jobId, error: String(error?.message) });
    this.#notify(job, JobEvent.Retry, told, () => {
      const listening = tellListeners(job, JobEvent.Retry, this.#effects.logger, told);
      const goOn = () => {
        this.#listening.delete(job);
        if (job.answered || this.#effects.hasEnded()) return;
        keepChanges(job, this.#effects.logger);
        job.attempt += 1;
        this.#effects.again(job, delayMs);
      };
      if (listening === undefined) goOn();
      else {
        this.#listening.add(job);
        void listening.then(goOn);
      }
    });
  }

  /** Has the listeners of the class told in a child, where they live, before `then` goes on here. */
  #notify(
    job: Job,
    type: JobEvent,
    more: { error: Error; kind?: Failure['kind']; delayMs?: number },
    then: () => void,
  ): void {
    if (!job.task.classEvents.has(type)) return then();
    const notice: Notice = { type, attempt: job.attempt, ...more };
    // Its error may hold what the parent alone has, as the reason of an abort.
    job.notice = Buffer.from(packThrown(notice));
    job.afterNotice = () => {
      job.notice = undefined;
      job.afterNotice = undefined;
      if (!job.answered) then();
    };
    this.#effects.notify(job);
  }

  #decide(job: Job, attempt: FailedAttempt): Decision | Error {
    if (job.stop?.kind === 'canceled') return { action: 'fail' };
    const elapsedMs = attempt.endedAt - job.firstStartedAt;
    const { kind, error } = attempt;
    return decide(job.task.strategy, error, (strategy) =>
      within(job.caller.inContext, () =>
        strategy.decide({ kind, error, attempt: job.attempt, elapsedMs, random: Math.random() }),
      ),
    );
  }
}

/** Jobs in a row share one reading of the clock, which may be a moment older than the next job. */
function queuedMs(job: Job, startedAt: number): number {
  return Math.max(0, startedAt - job.queuedAt);
}

function recordOf(job: Job, attempt: FailedAttempt): Attempt {
  return {
    error: attempt.error,
    exitCode: attempt.exitCode,
    signal: signalOf(attempt.error),
    pid: attempt.pid,
    queuedMs: queuedMs(job, attempt.startedAt),
    runMs: attempt.endedAt - attempt.startedAt,
    ...(attempt.stack !== undefined && { stack: attempt.stack }),
  };
}
