import { Column, Outcome } from './attempt-rows.js';
import type { TraceEvent, TraceRecorder } from './recorder.js';

/** An attempt as it is shown. Times are milliseconds since the pool was made. */
export interface TracedAttempt {
  readonly class: string;
  readonly jobId: string;
  readonly call: number;
  readonly attempt: number;
  readonly outcome: 'ok' | 'error' | 'crash' | 'timeout';
  readonly pid: number;
  readonly queuedAt: number;
  readonly startedAt: number;
  readonly endedAt: number;
  /** When the parent had its result. */
  readonly toldAt: number;
  /** Of its run, at the start; 0 where it is too short to be told. */
  readonly unpackMs: number;
  /** After its run. */
  readonly packMs: number;
}

/** What was recorded, whole. */
export interface Recording {
  readonly pool: string;
  readonly parent: number;
  /** Processes that lived when the trace began, and their successors. */
  readonly pids: readonly number[];
  readonly from: number;
  readonly until: number;
  readonly attempts: readonly TracedAttempt[];
  readonly events: readonly TraceEvent[];
  readonly dropped: number;
  /** Deaths, starts and retries that were not kept. */
  readonly droppedEvents: number;
}

const NAMES: readonly TracedAttempt['outcome'][] = ['ok', 'error', 'crash', 'timeout'];

/** In the order in which they began. */
export function attemptsOf({ rows, classes, prefixes }: TraceRecorder): TracedAttempt[] {
  const attempts: TracedAttempt[] = [];
  for (const row of rows.all()) {
    const call = row[Column.Call]!;
    attempts.push({
      class: classes.get(row[Column.Task]!) || 'a function',
      jobId: `${prefixes.get(call)}.${row[Column.Index]}`,
      call,
      attempt: row[Column.Attempt]!,
      outcome: NAMES[row[Column.Outcome] ?? Outcome.Ok]!,
      pid: row[Column.Pid]!,
      queuedAt: row[Column.QueuedAt]!,
      startedAt: row[Column.StartedAt]!,
      endedAt: row[Column.EndedAt]!,
      toldAt: row[Column.ToldAt]!,
      unpackMs: row[Column.UnpackMs]!,
      packMs: row[Column.PackMs]!,
    });
  }
  return attempts.sort((a, b) => a.startedAt - b.startedAt);
}
