import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { JobEvent } from '../../contracts/job-event.js';
import { failpoint } from '../../failpoints/failpoint.js';
import { JobResponse } from '../../response/job-response.js';
import type { JobContext } from '../../worker/job-context.js';
import { tellLoading } from '../loading.js';
import { JobFlag, type Notice, RecordKind } from '../protocol.js';
import type { JobSlots } from '../transport/job-slots.js';
import { CHILD_BLOCK } from '../transport/layout.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { type Attempt, fire, hasListeners, isPromise, runWithEvents } from './attempt.js';
import { readInput } from './job-input.js';
import { type LoadedTask, loadingNow, loadTask } from './load-task.js';
import type { Outbox } from './outbox.js';
import { changedState, Workshop } from './workshop.js';

const NO_STATE: Buffer = Buffer.alloc(0);
/** Tasks whose class and state are kept ready; the oldest makes room. */
const TASKS_KEPT = 64;
/** A job this long is worth a bell of its own, in milliseconds. */
const LONG_MS = 0.05;
/** Shorter jobs are not worth showing in the process title. */
const TITLE_MS = 1;

/** Runs what is taken, and tells how it went. */
export class JobRunner {
  readonly #segment: PoolSegment;
  readonly #slots: JobSlots;
  readonly #outbox: Outbox;
  readonly #block: number;
  readonly #onDone: () => void;
  readonly #tasks = new Map<number, LoadedTask>();
  readonly #workshop = new Workshop();
  /** Jobs that have not ended, by slot. */
  readonly #contexts = new Map<number, JobContext | undefined>();
  lastEndedAt = 0;
  lastWasLong = true;
  /** Jobs that follow each other share one reading of the clock: the end of one is the start of the next. */
  #isClockStale = true;

  constructor(segment: PoolSegment, slots: JobSlots, outbox: Outbox, block: number, onDone: () => void) {
    this.#segment = segment;
    this.#slots = slots;
    this.#outbox = outbox;
    this.#block = block;
    this.#onDone = onDone;
    tellLoading(() => (this.running === loadingNow.length ? loadingNow[0] : undefined));
  }

  /** Jobs that have begun and not ended. */
  get running(): number {
    return this.#contexts.size;
  }

  /** Milliseconds since the segment was made. */
  now(): number {
    return monotonicMs() - this.#segment.epoch;
  }

  /** The process has waited, or done something else, since the last job ended. */
  paused(): void {
    this.#isClockStale = true;
  }

  /** Runs the job of a slot; it has ended when this returns, unless `running` counts it. */
  run(slot: number): void {
    const task = this.#tasks.get(this.#slots.taskOf(slot));
    if (task !== undefined) this.#begin(slot, task);
    else {
      this.#contexts.set(slot, undefined);
      void this.#load(slot).then((began) => {
        if (!began) this.#ended(slot);
      });
    }
  }

  #ended(slot: number): void {
    this.#contexts.delete(slot);
    this.#onDone();
  }

  /** @returns whether the job goes on when this is done */
  async #load(slot: number): Promise<boolean> {
    const { words, bytes } = this.#segment;
    const loading = this.#block + CHILD_BLOCK.word.loading;
    const at = this.#slots.taskAtOf(slot);
    const packed = Buffer.from(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)));
    let task: LoadedTask;
    Atomics.store(words, loading, slot + 1);
    try {
      failpoint('pool.loading');
      task = await loadTask(packed);
    } catch (error) {
      const at = this.now();
      this.#outbox.tellThrown(RecordKind.LoadFailed, slot, error, NO_STATE, at, at);
      return false;
    } finally {
      Atomics.store(words, loading, 0);
    }
    if (this.#tasks.size >= TASKS_KEPT) this.#tasks.delete(this.#tasks.keys().next().value!);
    this.#tasks.set(this.#slots.taskOf(slot), task);
    this.paused();
    return this.#begin(slot, task);
  }

  /** @returns whether the job goes on when this returns */
  #begin(slot: number, task: LoadedTask): boolean {
    const flags = this.#slots.attemptOf(slot);
    const startedAt = this.#isClockStale ? this.now() : this.lastEndedAt;
    this.#isClockStale = false;
    this.#slots.setStartedAt(slot, startedAt);
    let attempt: Attempt;
    let args: unknown;
    let before: Buffer;
    try {
      const input = readInput(this.#segment, this.#slots, slot);
      args = input.args;
      before = input.state ?? task.state;
      attempt = this.#workshop.take(
        task,
        input.state,
        this.#slots.callOf(slot),
        this.#slots.indexOf(slot),
        flags & JobFlag.AttemptMask,
      );
    } catch (error) {
      this.#endedAt(startedAt);
      this.#outbox.tellThrown(RecordKind.Thrown, slot, error, NO_STATE, startedAt, this.lastEndedAt);
      return false;
    }
    attempt.context.report = (value) => this.#progress(slot, value);
    if ((flags & JobFlag.Notice) !== 0)
      return this.#track(slot, attempt, this.#notice(slot, attempt, args as Notice, before));
    if (this.lastWasLong) this.#showInTitle(attempt);
    failpoint('pool.in-job');
    if (hasListeners(task))
      return this.#track(slot, attempt, this.#runWithEvents(slot, attempt, args, before, startedAt));
    attempt.context.status = 'running';
    let outcome: unknown;
    try {
      outcome = task.workerClass.callProcess(attempt.worker, args);
    } catch (error) {
      this.#thrown(slot, attempt, error, before, startedAt);
      return false;
    }
    if (!isPromise(outcome)) {
      this.#returned(slot, attempt, outcome, before, startedAt);
      return false;
    }
    // Anything with a `then` may be awaited; only a promise's own gives a promise again.
    const ending = Promise.resolve(outcome).then(
      (value) => this.#returned(slot, attempt, value, before, startedAt),
      (error) => this.#thrown(slot, attempt, error, before, startedAt),
    );
    return this.#track(slot, attempt, ending);
  }

  #track(slot: number, attempt: Attempt, ending: Promise<void>): true {
    this.#contexts.set(slot, attempt.context);
    if (this.#slots.isAborted(slot)) attempt.context.abort(undefined);
    void ending.then(() => this.#ended(slot));
    return true;
  }

  async #runWithEvents(
    slot: number,
    attempt: Attempt,
    args: unknown,
    before: Buffer,
    takenAt: number,
  ): Promise<void> {
    let startedAt = takenAt;
    const tellParent = (type: JobEvent) => {
      const at = this.now();
      this.#outbox.tell(RecordKind.Event, slot, type, 'event', NO_STATE, at, at);
      this.#outbox.ring(false);
    };
    try {
      const outcome = await runWithEvents(attempt, args, tellParent, () => {
        startedAt = this.now();
      });
      this.#returned(slot, attempt, outcome, before, startedAt);
    } catch (error) {
      this.#thrown(slot, attempt, error, before, startedAt);
    }
  }

  async #notice(slot: number, attempt: Attempt, notice: Notice, before: Buffer): Promise<void> {
    failpoint('pool.notice');
    attempt.context.status =
      notice.type === 'job.event.retry'
        ? 'retry'
        : notice.type === 'job.event.failed'
          ? 'failed'
          : 'canceled';
    const { kind, delayMs } = notice;
    const error = notice.error instanceof Error ? { error: notice.error } : {};
    await fire(attempt, notice.type as JobEvent, {
      ...error,
      ...(kind && { kind }),
      ...(delayMs !== undefined && { delayMs }),
    });
    try {
      this.#outbox.tellNothing(RecordKind.Noticed, slot, changedState(attempt, before), this.now());
    } catch (problem) {
      this.#outbox.tellNothing(RecordKind.Noticed, slot, NO_STATE, this.now());
      attempt.context.logger.error(
        `job ${attempt.context.jobId}: a listener left a state that cannot be sent:`,
        problem,
      );
    }
    this.#workshop.giveBack(attempt);
  }

  #returned(slot: number, attempt: Attempt, outcome: unknown, before: Buffer, startedAt: number): void {
    failpoint('pool.after-job');
    this.#endedAt(startedAt);
    try {
      const state = attempt.task.sendState ? changedState(attempt, before) : NO_STATE;
      if (JobResponse.isResponse(outcome)) {
        const { ok, body, error, exitCode } = outcome;
        const failed = ok ? NO_STATE : changedState(attempt, before);
        this.#outbox.tell(
          RecordKind.Response,
          slot,
          { ok, body, error, exitCode },
          'result',
          failed,
          startedAt,
          this.lastEndedAt,
        );
      } else
        this.#outbox.tell(RecordKind.Result, slot, outcome, 'result', state, startedAt, this.lastEndedAt);
    } catch (refused) {
      this.#outbox.tellThrown(RecordKind.Thrown, slot, refused, NO_STATE, startedAt, this.lastEndedAt);
    }
    this.#workshop.giveBack(attempt);
  }

  #thrown(slot: number, attempt: Attempt, error: unknown, before: Buffer, startedAt: number): void {
    this.#endedAt(startedAt);
    let state = NO_STATE;
    let told = error;
    try {
      state = changedState(attempt, before);
    } catch (refused) {
      told = refused;
    }
    this.#outbox.tellThrown(RecordKind.Thrown, slot, told, state, startedAt, this.lastEndedAt);
    this.#workshop.giveBack(attempt);
  }

  #endedAt(startedAt: number): void {
    this.lastEndedAt = this.now();
    this.lastWasLong = this.lastEndedAt - startedAt > LONG_MS;
  }

  #progress(slot: number, value: unknown): void {
    const at = this.now();
    this.#outbox.tell(RecordKind.Progress, slot, value, 'progress', NO_STATE, at, at);
    this.#outbox.ring(true);
  }

  #showInTitle(attempt: Attempt): void {
    if (this.lastEndedAt - this.#titledAt < TITLE_MS) return;
    this.#titledAt = this.lastEndedAt;
    process.title = `mproc ${attempt.task.workerClass.name} ${attempt.context.jobId}`;
  }
  #titledAt = Number.NEGATIVE_INFINITY;

  abortWhereAsked(): void {
    for (const [slot, context] of this.#contexts) if (this.#slots.isAborted(slot)) context?.abort(undefined);
  }

  reportFatal(error: unknown): void {
    const at = this.now();
    for (const slot of this.#contexts.keys())
      this.#outbox.tellThrown(RecordKind.Fatal, slot, error, NO_STATE, at, at);
  }
}
