import type { Logger } from '../../contracts/logger.js';
import type { ScheduleOptions } from './schedule-options.js';
import { type Ticks, ticksBetween } from './ticks.js';

/** A timer waits no longer than that, in milliseconds: then it looks whether somebody has set the clock. */
const LONGEST_WAIT_MS = 15_000;
/** A tick that is found so late is none that was missed, in milliseconds. */
export const GRACE_MS = 60_000;
/** How far ahead of the clock a tick may lie that is done; beyond it the clock was set back, in milliseconds. */
const MOST_AHEAD_MS = 5 * 60_000;

/** The wall clock, in milliseconds since 1970, and timers by it. */
export interface Clock {
  now(): number;
  /** @returns what ends the timer */
  wait(ms: number, wake: () => void): () => void;
}

/** What a schedule is made of. */
export interface Plan extends Required<Pick<ScheduleOptions, 'overlap' | 'catchUp'>> {
  readonly name: string;
  readonly ticks: Ticks;
  /** A tick has come; those of a schedule come in order. */
  readonly onTick: (atMs: number) => unknown;
}

/** Watches the clock for a schedule: each of its ticks comes once, whatever the clock does. */
export class Scheduler {
  readonly #clock: Clock;
  readonly #plan: Plan;
  readonly #logger: Logger;
  /** All up to this one have come. */
  #doneMs: number;
  /** The one after it. */
  #nextMs: number | undefined;
  #endTimer: (() => void) | undefined;
  #isStopped = false;

  /** @param lastMs the last tick that is known to have come, from an earlier program or another one */
  constructor(clock: Clock, plan: Plan, logger: Logger, lastMs?: number) {
    this.#clock = clock;
    this.#plan = plan;
    this.#logger = logger;
    const now = clock.now();
    const oldestMs = plan.catchUp === 'none' ? now - GRACE_MS : 0;
    this.#doneMs = lastMs === undefined ? now : Math.min(now, Math.max(lastMs, oldestMs));
    this.#nextMs = plan.ticks.after(this.#doneMs);
    this.#wake();
  }

  get nextMs(): number | undefined {
    return this.#nextMs;
  }

  stop(): void {
    this.#isStopped = true;
    this.#endTimer?.();
  }

  #wake(): void {
    if (this.#isStopped) return;
    const now = this.#clock.now();
    if (this.#doneMs > now + MOST_AHEAD_MS) this.#goTo(now);
    if (this.#nextMs !== undefined && this.#nextMs <= now) {
      const due = ticksBetween(this.#plan.ticks, this.#doneMs, now);
      this.#goTo(due.at(-1)!);
      for (const at of this.#wanted(due, now)) this.#tell(at);
    }
    if (!this.#isStopped) this.#wait();
  }

  #goTo(ms: number): void {
    this.#doneMs = ms;
    this.#nextMs = this.#plan.ticks.after(ms);
  }

  #wanted(due: readonly number[], now: number): readonly number[] {
    const { catchUp } = this.#plan;
    if (catchUp === 'all') return due;
    const missed = due.filter((at) => at < now - GRACE_MS);
    return due.slice(
      missed.length - (catchUp === 'last' && missed.length === due.length && due.length > 0 ? 1 : 0),
    );
  }

  #wait(): void {
    const next = this.#nextMs;
    if (next === undefined) return;
    const waitMs = Math.min(LONGEST_WAIT_MS, Math.max(1, next - this.#clock.now()));
    this.#endTimer = this.#clock.wait(waitMs, () => this.#wake());
  }

  #tell(at: number): void {
    const failed = (error: unknown) =>
      this.#logger.error(
        `schedule ${this.#plan.name}: the tick of ${new Date(at).toISOString()} failed:`,
        error,
      );
    try {
      Promise.resolve(this.#plan.onTick(at)).catch(failed);
    } catch (error) {
      failed(error);
    }
  }
}
