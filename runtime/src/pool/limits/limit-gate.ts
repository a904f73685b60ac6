import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from '../../clock/timers.js';
import type { Job } from '../jobs/job.js';
import { PriorityLine } from '../steering/priority-line.js';
import { FIRST_LINE_MS, type Gate, type GateEffects } from './gate.js';
import type { Limit } from './limits.js';

/** How soon it looks again whether a job that may begin has begun, where others wait for that, in milliseconds. */
const LOOK_AGAIN_MS = 10;
/** Keys that nobody uses are looked for when there are so many more. */
const SWEEP_EVERY = 1_024;

/** The jobs of one key. */
interface Keyed {
  readonly key: string;
  readonly line: PriorityLine<Job>;
  /** May begin, or run. */
  readonly running: Set<Job>;
  /**
   * Those of them of which it is not known that they have begun, and since when they may: until then they count as beginning
   * now. What a process says of its start may be an older reading of its clock.
   */
  readonly unbegun: Map<Job, number>;
  /** When each start of late counts no longer. */
  free: number[];
}

/** Lets the jobs of a class begin as its limit allows; the others wait here, those of a key in their order. */
export class LimitGate implements Gate {
  readonly #limit: Limit;
  readonly #effects: GateEffects;
  readonly #keys = new Map<string, Keyed>();
  /** Those that have not left. */
  readonly #ofJob = new Map<Job, Keyed>();
  /** Keys whose jobs wait for a time to pass. */
  readonly #late = new Set<Keyed>();
  /** What a job that has waited is given to. */
  #begin: ((job: Job) => void) | undefined;
  #sweepAt = SWEEP_EVERY;
  #timer: NodeJS.Timeout | undefined;
  /** When the timer fires. */
  #dueAt = 0;
  #isClosed = false;

  constructor(limit: Limit, effects: GateEffects) {
    this.#limit = limit;
    this.#effects = effects;
  }

  get waiting(): number {
    let waiting = 0;
    for (const [job, { running }] of this.#ofJob) if (!running.has(job)) waiting += 1;
    return waiting;
  }

  enter(job: Job, begin: (job: Job) => void): boolean {
    this.#begin = begin;
    const keyed = this.#ofJob.get(job) ?? this.#keyed(this.#limit.keyOf(job.args));
    // What gives the key is the user's code, which may have ended the job.
    if (job.answered) return true;
    this.#ofJob.set(job, keyed);
    if (keyed.running.has(job)) return true;
    this.#passAnswered(keyed);
    // One that comes again has the place that it had.
    keyed.line.add(job, job.steering?.priority ?? 0);
    if (keyed.line.first === job && this.#isFree(keyed)) {
      keyed.line.shift();
      this.#take(keyed, job);
      return true;
    }
    this.#wait(keyed);
    return false;
  }

  leave(job: Job, hasBegun: boolean): void {
    const keyed = this.#ofJob.get(job);
    if (keyed === undefined) return;
    this.#ofJob.delete(job);
    if (!keyed.running.has(job)) return;
    this.#endAttempt(keyed, job, hasBegun);
    this.#letBegin(keyed);
  }

  comeAgain(job: Job, begin: (job: Job) => void): void {
    this.#begin = begin;
    const keyed = this.#ofJob.get(job);
    if (keyed === undefined) return;
    this.#endAttempt(keyed, job, true);
    keyed.line.add(job, job.steering?.priority ?? 0);
    this.#letBegin(keyed);
  }

  #endAttempt(keyed: Keyed, job: Job, hasBegun: boolean): void {
    keyed.running.delete(job);
    this.#note(keyed);
    if (keyed.unbegun.delete(job) && hasBegun) this.#began(keyed, this.#effects.now());
  }

  look(): void {
    if (this.#limit.rate === undefined) return;
    for (const keyed of [...this.#late]) this.#letBegin(keyed);
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#late.clear();
    this.#keys.clear();
    this.#ofJob.clear();
  }

  #keyed(key: string): Keyed {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    if (this.#keys.size >= this.#sweepAt) this.#sweep();
    const made = {
      key,
      line: new PriorityLine<Job>(),
      running: new Set<Job>(),
      unbegun: new Map<Job, number>(),
      free: [],
    };
    this.#keys.set(key, made);
    return made;
  }

  #sweep(): void {
    for (const keyed of this.#keys.values()) this.#forgetUnused(keyed);
    this.#sweepAt = this.#keys.size + SWEEP_EVERY;
  }

  #forgetUnused(keyed: Keyed): void {
    this.#passAnswered(keyed);
    const now = this.#effects.now();
    keyed.free = keyed.free.filter((at) => at > now);
    if (keyed.running.size === 0 && keyed.line.size === 0 && keyed.free.length === 0)
      this.#keys.delete(keyed.key);
  }

  #isFree(keyed: Keyed): boolean {
    const { atOnce, rate } = this.#limit;
    if (keyed.running.size >= atOnce) return false;
    if (rate === undefined) return true;
    this.#note(keyed);
    if (keyed.free.length + keyed.unbegun.size < rate.most) return true;
    const now = this.#effects.now();
    keyed.free = keyed.free.filter((at) => at > now);
    return keyed.free.length + keyed.unbegun.size < rate.most;
  }

  #take(keyed: Keyed, job: Job): void {
    keyed.running.add(job);
    if (this.#limit.rate !== undefined) keyed.unbegun.set(job, this.#effects.now());
  }

  #note(keyed: Keyed): void {
    for (const [job, mayBeginAt] of keyed.unbegun) {
      const startedAt = this.#effects.startedAt(job);
      if (startedAt === 0) continue;
      keyed.unbegun.delete(job);
      this.#began(keyed, Math.max(startedAt, mayBeginAt) + FIRST_LINE_MS);
    }
  }

  #began(keyed: Keyed, at: number): void {
    keyed.free.push(at + this.#limit.rate!.perMs);
  }

  #passAnswered(keyed: Keyed): void {
    for (let first = keyed.line.first; first?.answered; first = keyed.line.first) {
      keyed.line.shift();
      this.#ofJob.delete(first);
    }
  }

  #letBegin(keyed: Keyed): void {
    if (this.#isClosed) return;
    this.#late.delete(keyed);
    for (this.#passAnswered(keyed); keyed.line.first !== undefined; this.#passAnswered(keyed)) {
      if (!this.#isFree(keyed)) return this.#wait(keyed);
      const job = keyed.line.shift()!;
      this.#take(keyed, job);
      this.#begin?.(job);
    }
    if (keyed.running.size === 0) this.#forgetUnused(keyed);
  }

  /** Where a time has to pass first, there is a timer. */
  #wait(keyed: Keyed): void {
    if (this.#limit.rate === undefined || keyed.running.size >= this.#limit.atOnce) return;
    this.#late.add(keyed);
    this.#arm(this.#waitOf(keyed));
  }

  #waitOf({ free, unbegun }: Keyed): number {
    const next = free.reduce((earliest, at) => Math.min(earliest, at), Infinity);
    const nextMs = next - this.#effects.now();
    return Math.max(0, unbegun.size > 0 ? Math.min(nextMs, LOOK_AGAIN_MS) : nextMs);
  }

  #arm(waitMs: number): void {
    const dueAt = this.#effects.now() + waitMs;
    if (this.#timer !== undefined && dueAt >= this.#dueAt) return;
    clearTimeout(this.#timer);
    this.#dueAt = dueAt;
    this.#timer = setTimeout(() => this.#fire(), Math.min(Math.ceil(waitMs), LONGEST_TIMER_MS));
  }

  #fire(): void {
    this.#timer = undefined;
    for (const keyed of [...this.#late]) this.#letBegin(keyed);
  }
}
