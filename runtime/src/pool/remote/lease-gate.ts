import { clearTimeout, setTimeout } from '../../clock/timers.js';
import type { Lease, PermitChange, Queue } from '../../contracts/queue.js';
import type { Job } from '../jobs/job.js';
import { FIRST_LINE_MS, type Gate, type GateEffects } from '../limits/gate.js';
import type { Limit } from '../limits/limits.js';

/** How soon it asks again for a permit that others have, and looks again whether a job has begun, in milliseconds. */
const AGAIN_MS = [20, 200] as const;

/** The permit that has come with a lease: between two attempts of its job it is the engine's. */
export class LeaseGate implements Gate {
  readonly #queue: Queue<unknown>;
  readonly #lease: Lease<unknown>;
  readonly #limit: Limit;
  readonly #effects: GateEffects;
  #hasPermit = true;
  #isTold = false;
  /** When its attempt was first seen to run. */
  #seenAt = 0;
  #isClosed = false;
  /** No process is at its job any more, nor will be. */
  #isOver = false;
  #tellOver: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  /** What the engine was told, one after another. */
  #telling: Promise<unknown> = Promise.resolve();

  constructor(queue: Queue<unknown>, lease: Lease<unknown>, limit: Limit, effects: GateEffects) {
    this.#queue = queue;
    this.#lease = lease;
    this.#limit = limit;
    this.#effects = effects;
  }

  get waiting(): number {
    return this.isWaiting ? 1 : 0;
  }

  /** Is its job kept from a further attempt? */
  get isWaiting(): boolean {
    return !this.#hasPermit && !this.#isClosed;
  }

  enter(job: Job, begin: (job: Job) => void): boolean {
    if (!this.#hasPermit) {
      void this.#take(job, begin, 0);
      return false;
    }
    // It is here though it has no key: there is a reason for that.
    if (!this.#lease.isLimited) this.#limit.keyOf(job.args);
    this.#watch(job);
    return true;
  }

  comeAgain(job: Job, begin: (job: Job) => void): void {
    if (this.#limit.rate === undefined) return begin(job);
    this.leave(job, true);
    this.enter(job, begin);
  }

  leave(job: Job, hasBegun: boolean): void {
    if (job.answered) this.#end();
    if (!this.#hasPermit) return;
    clearTimeout(this.#timer);
    if (hasBegun) this.#tellBegun();
    if (job.answered) return;
    this.#hasPermit = false;
    this.#isTold = false;
    this.#seenAt = 0;
    void this.#tell('give');
  }

  look(): void {}

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#end();
  }

  #end(): void {
    this.#isOver = true;
    this.#tellOver?.();
  }

  /**
   * Resolves when no process is at its job any more. One that is stopped is answered before that: until then the permit is
   * not the next one's.
   */
  async over(): Promise<void> {
    if (this.#isOver) return;
    await new Promise<void>((resolve) => {
      this.#tellOver = resolve;
    });
  }

  /** Resolves when the engine knows what is to be known before the job is acknowledged. */
  async settled(): Promise<void> {
    await this.#telling;
  }

  async #take(job: Job, begin: (job: Job) => void, tries: number): Promise<void> {
    const isTaken = await this.#tell('take');
    if (this.#isClosed || job.answered) return;
    if (isTaken) {
      this.#hasPermit = true;
      return begin(job);
    }
    const [first, most] = AGAIN_MS;
    const waitMs = Math.min(most, first * 2 ** tries);
    this.#timer = setTimeout(() => void this.#take(job, begin, tries + 1), waitMs);
  }

  /** Where there is a rate, the engine hears soon when the job has begun. */
  #watch(job: Job): void {
    if (this.#limit.rate === undefined || this.#isTold || this.#isClosed) return;
    const now = this.#effects.now();
    if (this.#seenAt === 0 && this.#effects.startedAt(job) !== 0) this.#seenAt = now;
    if (this.#seenAt !== 0 && now - this.#seenAt >= FIRST_LINE_MS) return this.#tellBegun();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#hasPermit && !job.answered && this.#watch(job), AGAIN_MS[0]);
  }

  #tellBegun(): void {
    if (this.#limit.rate === undefined || this.#isTold) return;
    this.#isTold = true;
    void this.#tell('began');
  }

  /** An engine that is away hears nothing: what it does not know ends with the lease. */
  #tell(change: PermitChange): Promise<boolean> {
    const told = this.#telling.then(async () => {
      try {
        return await this.#queue.permit!(this.#lease, change, this.#limit);
      } catch {
        return false;
      }
    });
    this.#telling = told;
    return told;
  }
}
