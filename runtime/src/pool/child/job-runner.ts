import { monotonicMs } from '../../clock/monotonic-ms.js';
import type { JobBefore } from '../../contracts/job-before.js';
import type { JobEvent } from '../../contracts/job-event.js';
import { failpoint } from '../../failpoints/failpoint.js';
import type { Borrowed } from '../../loans/borrowed.js';
import { endLoans, takeBorrowed } from '../../loans/borrowing.js';
import { JobResponse } from '../../response/job-response.js';
import type { JobContext } from '../../worker/job-context.js';
import { JobFlag, jobRef, type Notice, positionIn, RecordKind, slotIn } from '../protocol.js';
import { afterArgs, argsBehind, readArgsLength } from '../transport/bundled-args.js';
import type { JobTaker } from '../transport/job-taker.js';
import { CHILD_BLOCK, POOL_HEADER } from '../transport/layout.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { type Attempt, callProcess, fire, isPromise, runWithEvents } from './attempt.js';
import { readArgs, readOwnState } from './job-input.js';
import { JobScope } from './job-scope.js';
import { type LoadedTask, loadTask, readTask } from './load-task.js';
import type { ReportSender } from './report-sender.js';
import { changedState, WorkerInstances } from './worker-instances.js';

const NO_STATE: Buffer = Buffer.alloc(0);
/** Tasks whose class and state are kept ready; the oldest makes room. */
const TASKS_KEPT = 64;
/** A job this long is worth a doorbell of its own, in milliseconds. */
const LONG_MS = 0.05;
/** A bundle that has taken so long is ended, so that others may take the rest of it, in milliseconds. */
const BUNDLE_MS = 1;
/** After one of so many jobs of a bundle it is looked whether the parent is to be rung. */
const RUNG_FOR = 4;
/** Shorter jobs are not worth showing in the process title. */
const TITLE_MS = 1;
/** Packing that takes less is not told of in a trace. */
const SEEN_MS = 0.02;
/** It takes less for so few bytes. */
const SEEN_BYTES = 512;

/** Arguments that something goes with. */
interface SentArgs {
  readonly args: unknown;
  readonly carrier: Record<string, string>;
  readonly before: readonly JobBefore[] | undefined;
}

export interface RunnerEffects {
  /** How long `setup` of a class may take. */
  readonly setupTimeoutMs: number;
  /** A job that went on after its turn has ended. */
  onDone(): void;
  /** Is the process to take nothing more? */
  isEnding(): boolean;
}

/** Runs what is taken, and tells how it went. */
export class JobRunner {
  readonly #segment: PoolSegment;
  readonly #slots: JobTaker;
  readonly #reportSender: ReportSender;
  readonly #block: number;
  readonly #effects: RunnerEffects;
  readonly #tasks = new Map<number, LoadedTask>();
  readonly #scope = new JobScope();
  readonly #workerInstances = new WorkerInstances(this.#scope, (ref, value) => this.#progress(ref, value));
  /** Jobs that have not ended, by their reference. */
  readonly #contexts = new Map<number, JobContext | undefined>();
  /** What is lent to jobs that have not ended, by their reference. */
  readonly #borrowed = new Map<number, readonly Borrowed[]>();
  /** Slots of jobs whose modules are being loaded. */
  readonly #loading: number[] = [];
  /** When the attempt began that is ended next: in an array, for the reason that `ReportSender.times` is one. */
  readonly #began = new Float64Array(1);
  /** Jobs that have ended in this process. */
  ended = 0;
  lastEndedAt = 0;
  lastWasLong = true;
  /** Jobs that follow each other share one reading of the clock: the end of one is the start of the next. */
  #isClockStale = true;

  constructor(
    segment: PoolSegment,
    slots: JobTaker,
    reportSender: ReportSender,
    block: number,
    effects: RunnerEffects,
  ) {
    this.#segment = segment;
    this.#slots = slots;
    this.#reportSender = reportSender;
    this.#block = block;
    this.#effects = effects;
  }

  /** Jobs that have begun and not ended. */
  get running(): number {
    return this.#contexts.size;
  }

  /** Milliseconds since the segment was made. */
  now(): number {
    return monotonicMs() - this.#segment.epoch;
  }

  /** The same as of the end of the last job, where nothing came between. */
  clock(): number {
    return this.#isClockStale ? this.now() : this.lastEndedAt;
  }

  /** The process has waited, or done something else, since the last job ended. */
  paused(): void {
    this.#isClockStale = true;
  }

  /** Runs the job of a slot, or its jobs; all have ended when this returns, unless `running` counts one. */
  run(slot: number): void {
    const slots = this.#slots;
    const task = this.#tasks.get(slots.taskOf(slot));
    const jobs = slots.bundleOf(slot);
    const at = slots.payloadOf(slot);
    const { running } = this;
    if (jobs > 0) this.#runBundle(slot, jobs, at, task);
    else if (task !== undefined) this.#begin(slot, task, at, slots.payloadBytesOf(slot));
    else this.#beginLoading(slot, at, slots.payloadBytesOf(slot));
    if (this.running === running) this.#reportSender.release(slot);
  }

  /** Runs small jobs that lie one after another. */
  #runBundle(slot: number, jobs: number, start: number, task: LoadedTask | undefined): void {
    const slots = this.#slots;
    const { words } = this.#segment;
    let at = start;
    let turn = slots.firstTurnOf(slot);
    if (task === undefined) {
      // Others may have the module already.
      this.#endBundle(slot, 0, turn);
      return this.#beginLoading(slot, argsBehind(at), readArgsLength(words, at));
    }
    const beganAt = this.clock();
    for (let position = 0; ; position += 1) {
      const lengthBytes = readArgsLength(words, at);
      const goesOn = this.#begin(jobRef(slot, position), task, argsBehind(at), lengthBytes);
      if (position + 1 === jobs) return;
      // While others have jobs to take, it is no matter how long this takes.
      const isWanted = this.lastEndedAt - beganAt > BUNDLE_MS && !slots.hasWaiting();
      if (goesOn || isWanted || this.#reportSender.isStuck || this.#effects.isEnding())
        return this.#endBundle(slot, position, turn);
      // A parent that sleeps takes as long to come as a dozen jobs take.
      if (position % RUNG_FOR === 0) this.#reportSender.ring(false);
      failpoint('pool.bundle-next');
      if (!slots.nextTurn(slot, turn)) return;
      failpoint('pool.bundle-claimed');
      turn += 1;
      at = afterArgs(at, lengthBytes);
    }
  }

  /** Leaves to the parent what follows a job of a bundle. */
  #endBundle(slot: number, position: number, turn: number): void {
    if (!this.#slots.endBundle(slot, turn)) return;
    this.#reportSender
      .at(this.lastEndedAt)
      .tellNothing(RecordKind.BundleEnded, jobRef(slot, position), NO_STATE);
    this.#reportSender.ring(true);
  }

  #beginLoading(slot: number, at: number, lengthBytes: number): void {
    this.#contexts.set(slot, undefined);
    void this.#load(slot, at, lengthBytes).then((began) => {
      if (!began) this.#effects.onDone();
    });
  }

  /** The end of a job was told: from now on its slot may hold another job, of which this process knows nothing. */
  #ended(ref: number, attempt: Attempt | undefined): void {
    this.ended += 1;
    if (this.#contexts.size > 0 && this.#contexts.delete(ref)) this.#reportSender.release(slotIn(ref));
    if (attempt !== undefined) this.#workerInstances.giveBack(attempt);
    if (this.#borrowed.size > 0) this.#giveBackLoans(ref);
  }

  #giveBackLoans(ref: number): void {
    endLoans(this.#borrowed.get(ref) ?? []);
    this.#borrowed.delete(ref);
  }

  /** @returns whether the job goes on when this is done */
  async #load(slot: number, argsAt: number, lengthBytes: number): Promise<boolean> {
    const { bytes } = this.#segment;
    const at = this.#slots.taskAtOf(slot);
    const packed = Buffer.from(bytes.subarray(at + 4, at + 4 + bytes.readUInt32LE(at)));
    let description: ReturnType<typeof readTask>;
    try {
      description = readTask(packed);
    } catch (error) {
      this.#reportSender.at(this.now()).tellThrown(RecordKind.Thrown, slot, error, NO_STATE);
      this.#ended(slot, undefined);
      return false;
    }
    let task: LoadedTask;
    this.#loading.push(slot);
    this.#tellLoading();
    try {
      failpoint('pool.loading');
      task = await loadTask(description, this.#effects.setupTimeoutMs);
    } catch (error) {
      this.#reportSender.at(this.now()).tellThrown(RecordKind.LoadFailed, slot, error, NO_STATE);
      this.#ended(slot, undefined);
      return false;
    } finally {
      this.#loading.splice(this.#loading.indexOf(slot), 1);
      this.#tellLoading();
    }
    if (this.#tasks.size >= TASKS_KEPT) this.#tasks.delete(this.#tasks.keys().next().value!);
    this.#tasks.set(this.#slots.taskOf(slot), task);
    this.paused();
    return this.#begin(slot, task, argsAt, lengthBytes);
  }

  /** Says for which job a module is being loaded, one where there are several. */
  #tellLoading(): void {
    const loading = this.#block + CHILD_BLOCK.word.loading;
    Atomics.store(this.#segment.words, loading, (this.#loading.at(-1) ?? -1) + 1);
  }

  /** @returns whether the job goes on when this returns */
  #begin(ref: number, task: LoadedTask, at: number, lengthBytes: number): boolean {
    const slot = slotIn(ref);
    const flags = this.#slots.attemptOf(slot);
    // No `Atomics.load`: a job later is soon enough.
    const isTraced = this.#segment.words[POOL_HEADER.word.traced] === 1;
    const startedAt = this.clock();
    this.#began[0] = startedAt;
    this.#isClockStale = false;
    this.#slots.setStartedAt(slot, startedAt);
    let attempt: Attempt;
    let args: unknown;
    let before: Buffer;
    try {
      const { bytes } = this.#segment;
      const stateBytes = (flags & JobFlag.OwnState) === 0 ? 0 : 4 + bytes.readUInt32LE(at);
      const ownState = stateBytes === 0 ? undefined : readOwnState(bytes, at, stateBytes, flags);
      try {
        args = readArgs(bytes, at + stateBytes, lengthBytes - stateBytes, flags);
      } finally {
        const borrowed = takeBorrowed();
        if (borrowed !== undefined) this.#borrowed.set(ref, borrowed);
      }
      before = ownState ?? task.state;
      attempt = this.#workerInstances.take(
        task,
        ref,
        ownState,
        this.#slots.callOf(slot),
        this.#slots.indexOf(slot) + positionIn(ref),
        flags & JobFlag.AttemptMask,
      );
      if ((flags & JobFlag.Carried) !== 0 && (flags & JobFlag.Notice) === 0) {
        const sent = args as SentArgs;
        args = sent.args;
        attempt.carrier = sent.carrier;
        if (sent.before !== undefined) attempt.context.before = sent.before;
      }
    } catch (error) {
      this.#noteEnd();
      this.#atEnd().tellThrown(RecordKind.Thrown, ref, error, NO_STATE);
      this.#ended(ref, undefined);
      return false;
    }
    if (isTraced) {
      const isSeen = lengthBytes > SEEN_BYTES || (flags & JobFlag.LargeValue) !== 0;
      attempt.unpackMs = isSeen ? this.now() - startedAt : 0;
    }
    // While its module was loaded; later aborts find its context.
    if (this.#contexts.size > 0 && this.#slots.isAborted(slot)) attempt.context.abort(undefined);
    if ((flags & JobFlag.Notice) !== 0)
      return this.#track(ref, attempt, this.#notice(ref, attempt, args as Notice, before));
    if (this.lastWasLong) this.#showInTitle(attempt);
    failpoint('pool.in-job');
    if (task.isHeard)
      return this.#track(ref, attempt, this.#runWithEvents(ref, attempt, args, before, startedAt));
    attempt.context.status = 'running';
    let outcome: unknown;
    try {
      outcome = callProcess(attempt, this.#scope, args);
    } catch (error) {
      this.#thrown(ref, attempt, error, before);
      return false;
    }
    if (!isPromise(outcome)) {
      this.#returned(ref, attempt, outcome, before);
      return false;
    }
    return this.#track(ref, attempt, this.#ending(ref, attempt, outcome, before));
  }

  /** Apart from `#begin`, which would make room for what these functions share with each job that has no promise. */
  #ending(ref: number, attempt: Attempt, outcome: Promise<unknown>, before: Buffer): Promise<void> {
    const startedAt = this.#began[0]!;
    // Anything with a `then` may be awaited; only a promise's own gives a promise again.
    return Promise.resolve(outcome).then(
      (value) => {
        this.#began[0] = startedAt;
        this.#returned(ref, attempt, value, before);
      },
      (error) => {
        this.#began[0] = startedAt;
        this.#thrown(ref, attempt, error, before);
      },
    );
  }

  #track(ref: number, attempt: Attempt, ending: Promise<void>): true {
    this.#contexts.set(ref, attempt.context);
    if (this.#slots.isAborted(slotIn(ref))) attempt.context.abort(undefined);
    void ending.then(() => this.#effects.onDone());
    return true;
  }

  async #runWithEvents(
    ref: number,
    attempt: Attempt,
    args: unknown,
    before: Buffer,
    takenAt: number,
  ): Promise<void> {
    let startedAt = takenAt;
    const tellParent = (type: JobEvent) => {
      this.#reportSender.at(this.now()).tell(RecordKind.Event, ref, type, 'event', NO_STATE);
      this.#reportSender.ring(false);
    };
    try {
      const outcome = await runWithEvents(attempt, this.#scope, args, tellParent, () => {
        startedAt = this.now();
      });
      this.#began[0] = startedAt;
      this.#returned(ref, attempt, outcome, before);
    } catch (error) {
      this.#began[0] = startedAt;
      this.#thrown(ref, attempt, error, before);
    }
  }

  async #notice(ref: number, attempt: Attempt, notice: Notice, before: Buffer): Promise<void> {
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
      const state = changedState(attempt, before);
      this.#reportSender.at(this.now()).tellNothing(RecordKind.Noticed, ref, state);
    } catch (problem) {
      this.#reportSender.at(this.now()).tellNothing(RecordKind.Noticed, ref, NO_STATE);
      attempt.context.logger.error(
        `job ${attempt.context.jobId}: a listener left a state that cannot be sent:`,
        problem,
      );
    }
    this.#ended(ref, attempt);
  }

  #returned(ref: number, attempt: Attempt, outcome: unknown, before: Buffer): void {
    failpoint('pool.after-job');
    this.#noteEnd();
    try {
      const state = attempt.task.sendState ? changedState(attempt, before) : NO_STATE;
      if (JobResponse.isResponse(outcome)) {
        const { ok, body, error, exitCode } = outcome;
        const failed = ok ? NO_STATE : changedState(attempt, before);
        this.#atEnd().tell(RecordKind.Response, ref, { ok, body, error, exitCode }, 'result', failed);
      } else this.#atEnd().tell(RecordKind.Result, ref, outcome, 'result', state);
      if (attempt.unpackMs >= 0 && (this.lastWasLong || attempt.unpackMs > 0))
        this.#tellPacking(ref, attempt.unpackMs);
    } catch (refused) {
      this.#atEnd().tellThrown(RecordKind.Thrown, ref, refused, NO_STATE);
    }
    this.#ended(ref, attempt);
  }

  #thrown(ref: number, attempt: Attempt, error: unknown, before: Buffer): void {
    this.#noteEnd();
    let state = NO_STATE;
    let told = error;
    try {
      state = changedState(attempt, before);
    } catch (refused) {
      told = refused;
    }
    this.#atEnd().tellThrown(RecordKind.Thrown, ref, told, state);
    this.#ended(ref, attempt);
  }

  /** Only where it can be seen: a record of it takes as long as a tiny job. */
  #tellPacking(ref: number, unpackMs: number): void {
    const now = this.now();
    const packMs = now - this.lastEndedAt;
    this.paused();
    if (unpackMs + packMs < SEEN_MS) return;
    this.#reportSender.at(now).tell(RecordKind.Packing, ref, [unpackMs, packMs], 'times', NO_STATE);
  }

  #noteEnd(): void {
    this.lastEndedAt = this.now();
    this.lastWasLong = this.lastEndedAt - this.#began[0]! > LONG_MS;
  }

  /** The sender, for what is told of an attempt that has ended just now. */
  #atEnd(): ReportSender {
    const { times } = this.#reportSender;
    times[0] = this.#began[0]!;
    times[1] = this.lastEndedAt;
    return this.#reportSender;
  }

  #progress(ref: number, value: unknown): void {
    const { times } = this.#reportSender;
    // It may come from a getter of what is being told.
    const before = times.slice();
    try {
      this.#reportSender.at(this.now()).tell(RecordKind.Progress, ref, value, 'progress', NO_STATE);
    } finally {
      times.set(before);
    }
    this.#reportSender.ring(true);
  }

  #showInTitle(attempt: Attempt): void {
    if (this.lastEndedAt - this.#titledAt < TITLE_MS) return;
    this.#titledAt = this.lastEndedAt;
    // Other users of the machine can read it: a class and a number, nothing that a caller has named or given.
    process.title = `mproc ${attempt.task.workerClass.name} ${attempt.context.jobId}`;
  }
  #titledAt = Number.NEGATIVE_INFINITY;

  abortWhereAsked(): void {
    for (const [ref, context] of this.#contexts)
      if (this.#slots.isAborted(slotIn(ref))) context?.abort(undefined);
  }

  reportFatal(error: unknown): void {
    for (const ref of this.#contexts.keys())
      this.#reportSender.at(this.now()).tellThrown(RecordKind.Fatal, ref, error, NO_STATE);
  }
}
