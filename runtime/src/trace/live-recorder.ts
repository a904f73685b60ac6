import type { Failure } from '../contracts/strategy.js';
import { BAR_BOUNDS, barOf } from './bars.js';
import type { FailureNote, Recorder, TraceEvent } from './recorder.js';

/** Of one piece of the feed: what is more is counted and left out. */
const MOST_SPANS = 300;
const MOST_EVENTS = 50;
const MOST_CLASSES = 100;
const MOST_TEXT = 4_000;

/** Process, start and end by the pool's clock, outcome, class, job, attempt. */
export type LiveSpan = readonly [
  pid: number,
  startedAt: number,
  endedAt: number,
  outcome: Failure['kind'] | 'ok',
  name: string,
  jobId: string,
  attempt: number,
];

/** What attempts of a class there were since the piece before. */
export interface LiveClass {
  ok: number;
  error: number;
  crash: number;
  timeout: number;
  readonly waitBars: number[];
  readonly runBars: number[];
}

export function newLiveClass(): LiveClass {
  const bars = () => BAR_BOUNDS.map(() => 0);
  return { ok: 0, error: 0, crash: 0, timeout: 0, waitBars: bars(), runBars: bars() };
}

/** What has happened since the piece before. */
export interface LivePiece {
  readonly now: number;
  readonly spans: readonly LiveSpan[];
  /** Attempts that are counted in the classes alone. */
  readonly leftOut: number;
  readonly classes: Readonly<Record<string, LiveClass>>;
  readonly events: readonly (TraceEvent | ({ readonly kind: 'failure' } & FailureNote))[];
}

/** Sums up what happens in a pool, piece by piece, in bounded memory. */
export class LiveRecorder implements Recorder {
  #spans: LiveSpan[] = [];
  #attempts = 0;
  #classes: Record<string, LiveClass> = Object.create(null);
  #classCount = 0;
  #events: LivePiece['events'][number][] = [];

  attempt(
    ...[task, caller, index, attempt, failure, pid, queuedAt, startedAt, endedAt]: Parameters<
      Recorder['attempt']
    >
  ): void {
    const outcome = failure ?? 'ok';
    const { name } = task;
    const of = this.#class(name);
    of[outcome] += 1;
    of.waitBars[barOf(startedAt - queuedAt)]! += 1;
    of.runBars[barOf(endedAt - startedAt)]! += 1;
    this.#attempts += 1;
    const at = this.#placeFor(endedAt - startedAt);
    if (at === -1) return;
    const jobId = `${caller.record.jobIdPrefix}.${index}`;
    this.#spans[at] = [pid, startedAt, endedAt, outcome, name, jobId, attempt];
  }

  /** Where there are too many, longer ones take the places of shorter ones. */
  #placeFor(runMs: number): number {
    if (this.#spans.length < MOST_SPANS) return this.#spans.length;
    const at = this.#attempts % MOST_SPANS;
    const [, startedAt, endedAt] = this.#spans[at]!;
    return runMs > endedAt - startedAt ? at : -1;
  }

  #class(given: string): LiveClass {
    const known = this.#classes[given];
    if (known !== undefined) return known;
    const isRoom = this.#classCount < MOST_CLASSES;
    const name = isRoom ? given || 'a function' : 'others';
    if (this.#classes[name] === undefined) {
      this.#classCount += 1;
      this.#classes[name] = newLiveClass();
    }
    return this.#classes[name];
  }

  packing(): void {}

  note(event: TraceEvent): void {
    if (this.#events.length >= MOST_EVENTS) return;
    const isDeath = event.kind === 'death';
    this.#events.push(isDeath ? { ...event, stderr: event.stderr.slice(-MOST_TEXT) } : event);
  }

  failure(failure: FailureNote): void {
    if (this.#events.length >= MOST_EVENTS) return;
    const { error, stack } = failure;
    const cut = { error: error.slice(0, MOST_TEXT), stack: stack?.slice(0, MOST_TEXT) };
    this.#events.push({ kind: 'failure', ...failure, ...cut });
  }

  /** What there is, and begins anew. */
  take(now: number): LivePiece {
    const leftOut = this.#attempts - this.#spans.length;
    const piece = { now, spans: this.#spans, leftOut, classes: this.#classes, events: this.#events };
    this.#spans = [];
    this.#attempts = 0;
    this.#classes = Object.create(null);
    this.#classCount = 0;
    this.#events = [];
    return piece;
  }
}
