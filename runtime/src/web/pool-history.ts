import { wallClockMs } from '../clock/wall-clock-ms.js';
import type { PoolReport } from '../inspect/pool-report.js';
import { type LiveClass, type LivePiece, type LiveSpan, newLiveClass } from '../trace/live-recorder.js';
import { Ring } from './ring.js';

/** Two hours at one a second are more than a page shows: these are ten minutes. */
const MOST_POINTS = 600;
const MOST_SPANS = 600;
const MOST_EVENTS = 40;
const MOST_CLASSES = 100;

/** Time in milliseconds since the epoch, waiting, running, answered, failed. */
export type Point = readonly [at: number, waiting: number, running: number, answered: number, failed: number];

/** A piece of the feed by the wall clock. */
export type WallPiece = Omit<LivePiece, 'now'>;

/** What is kept of a pool for pages that are opened later: bounded, whatever happens. */
export class PoolHistory {
  readonly #points = new Ring<Point>(MOST_POINTS);
  readonly #spans = new Ring<LiveSpan>(MOST_SPANS);
  readonly #events = new Ring<LivePiece['events'][number]>(MOST_EVENTS);
  readonly #classes = new Map<string, LiveClass>();
  seenAt = 0;

  look({ waiting, processes, answered, failed }: PoolReport): Point {
    this.seenAt = wallClockMs();
    const running = processes.filter(({ jobId }) => jobId !== null).length;
    const point: Point = [this.seenAt, waiting, running, answered, failed];
    this.#points.push(point);
    return point;
  }

  /** @returns the same with times of the wall clock */
  add(piece: LivePiece): WallPiece {
    const offset = wallClockMs() - piece.now;
    const spans = piece.spans.map(
      ([pid, from, until, ...rest]): LiveSpan => [pid, from + offset, until + offset, ...rest],
    );
    const events = piece.events.map((event) => ({ ...event, at: event.at + offset }));
    this.#spans.push(...spans);
    this.#events.push(...events.filter(({ kind }) => kind !== 'spawn' && kind !== 'retry'));
    for (const [name, counted] of Object.entries(piece.classes)) this.#count(name, counted);
    return { spans, events, leftOut: piece.leftOut, classes: piece.classes };
  }

  #count(given: string, counted: LiveClass): void {
    const name = this.#classes.has(given) || this.#classes.size < MOST_CLASSES ? given : 'others';
    const sum = this.#classes.get(name) ?? newLiveClass();
    this.#classes.set(name, sum);
    for (const kind of ['ok', 'error', 'crash', 'timeout'] as const) sum[kind] += counted[kind];
    for (const bars of ['waitBars', 'runBars'] as const)
      counted[bars].forEach((count, at) => {
        sum[bars][at]! += count;
      });
  }

  /** All of it. */
  get kept(): object {
    return {
      points: this.#points.values,
      spans: this.#spans.values,
      events: this.#events.values,
      classes: Object.fromEntries(this.#classes),
    };
  }
}
