import type { Failure } from '../contracts/strategy.js';
import { AttemptRows, Column, Outcome } from './attempt-rows.js';

/** Rows before the last in which the one of a process is looked for. */
const LOOKED_BACK = 256;
/** Attempts after which the clock is read. */
const CLOCK_EVERY = 16;

/** What happened to a process, or to a job between two attempts. Times are milliseconds since the pool was made. */
export type TraceEvent =
  | { readonly kind: 'spawn'; readonly at: number; readonly pid: number }
  | {
      readonly kind: 'death';
      readonly at: number;
      readonly pid: number;
      readonly reason: string;
      readonly how: string;
      readonly stderr: string;
    }
  | {
      readonly kind: 'retry';
      readonly at: number;
      readonly pid: number;
      readonly jobId: string;
      readonly error: string;
    };

/** What a trace wants to know of a job's worker, and of its call. */
interface TracedTask {
  readonly id: number;
  readonly name: string;
}
interface TracedCaller {
  readonly number: number;
  readonly record: { readonly jobIdPrefix: string };
}

/** An attempt that has failed, and why. */
export interface FailureNote {
  readonly at: number;
  readonly pid: number;
  readonly jobId: string;
  readonly class: string;
  readonly attempt: number;
  readonly failure: Failure['kind'];
  readonly error: string;
  /** Where it was when it was stopped. */
  readonly stack: string | undefined;
}

/** Hears what happens in a pool. Times are milliseconds since the pool was made. */
export interface Recorder {
  attempt(
    task: TracedTask,
    caller: TracedCaller,
    index: number,
    attempt: number,
    failure: Failure['kind'] | undefined,
    pid: number,
    queuedAt: number,
    startedAt: number,
    endedAt: number,
  ): void;
  /** How long the last attempt that a process has told of took to be unpacked, and its result to be packed. */
  packing(pid: number, unpackMs: number, packMs: number): void;
  note(event: TraceEvent): void;
  failure?(failure: FailureNote): void;
}

/** Keeps what happens in a pool while it is traced. */
export class TraceRecorder implements Recorder {
  readonly rows: AttemptRows;
  readonly events: TraceEvent[] = [];
  /** Names of classes, by the number of a task. */
  readonly classes = new Map<number, string>();
  /** What ids of jobs begin with, by the number of a call. */
  readonly prefixes = new Map<number, string>();
  /** Events that were not kept. */
  droppedEvents = 0;
  readonly #most: number;
  readonly #now: () => number;
  #lastCall = -1;
  #toldAt = 0;

  /** @param most attempts, and as many events, are kept */
  constructor(most: number, now: () => number) {
    this.#most = most;
    this.rows = new AttemptRows(most);
    this.#now = now;
  }

  attempt(
    task: TracedTask,
    caller: TracedCaller,
    index: number,
    attempt: number,
    failure: Failure['kind'] | undefined,
    pid: number,
    queuedAt: number,
    startedAt: number,
    endedAt: number,
  ): void {
    const { rows } = this;
    if (!rows.add()) return;
    if (caller.number !== this.#lastCall) {
      this.#lastCall = caller.number;
      this.prefixes.set(caller.number, caller.record.jobIdPrefix);
      this.classes.set(task.id, task.name);
    }
    // Answers that come together are had at the same time.
    if (rows.length % CLOCK_EVERY === 1 || endedAt > this.#toldAt) this.#toldAt = this.#now();
    const { last, lastAt } = rows;
    last[lastAt + Column.Task] = task.id;
    last[lastAt + Column.Call] = caller.number;
    last[lastAt + Column.Index] = index;
    last[lastAt + Column.Attempt] = attempt;
    last[lastAt + Column.Outcome] = failure === undefined ? Outcome.Ok : OUTCOMES[failure];
    last[lastAt + Column.Pid] = pid;
    // Jobs that follow each other share one reading of the clock.
    last[lastAt + Column.QueuedAt] = Math.min(queuedAt, startedAt);
    last[lastAt + Column.StartedAt] = startedAt;
    last[lastAt + Column.EndedAt] = endedAt;
    last[lastAt + Column.ToldAt] = this.#toldAt;
  }

  packing(pid: number, unpackMs: number, packMs: number): void {
    const first = Math.max(0, this.rows.length - LOOKED_BACK);
    for (let index = this.rows.length - 1; index >= first; index -= 1) {
      const row = this.rows.row(index);
      if (row[Column.Pid] !== pid) continue;
      row[Column.UnpackMs] = Math.min(unpackMs, row[Column.EndedAt]! - row[Column.StartedAt]!);
      row[Column.PackMs] = packMs;
      return;
    }
  }

  note(event: TraceEvent): void {
    if (this.events.length < this.#most) this.events.push(event);
    else this.droppedEvents += 1;
  }
}

const OUTCOMES: Record<Failure['kind'], number> = {
  error: Outcome.Error,
  crash: Outcome.Crash,
  timeout: Outcome.Timeout,
};
