// One case: a pool, the promises it owes, and what the callback does when it comes.
import { setTimeout as delay } from 'node:timers/promises';
import { type Logger, type PoolOptions, ProcessPool, type SubmittedJob } from 'mproc-worker';
import type { Action } from './actions.js';

/** A promise that is not settled so long after the end of its pool is never settled. */
const SETTLE_MS = 60_000;

const silent: Logger = { error() {}, warn() {}, info() {}, debug() {} };

export class Case {
  readonly controller = new AbortController();
  /** Of jobs that `cancel` is to find. */
  readonly jobIds = new Set<string>();
  fired = 0;
  /** Its state opens it. */
  pool!: ProcessPool;
  /** What the callback needs of the pool. */
  poolOptions: PoolOptions = {};
  /** Which of several methods is the callback. */
  hears: (method: unknown) => boolean = () => false;
  beforeFiring: () => unknown = () => {};
  /** What the pool does not give back itself. */
  cleanUp: () => unknown = () => {};
  readonly #owed = new Map<string, Promise<unknown>>();
  readonly #action: Action;
  readonly #atFiring: number;
  readonly #logger = { ...silent };

  /** @param atFiring which of the callback's calls does it, from 1 */
  constructor(action: Action, atFiring: number) {
    this.#action = action;
    this.#atFiring = atFiring;
  }

  open(options: PoolOptions = {}): ProcessPool {
    this.pool = new ProcessPool({
      processes: 1,
      killTimeoutMs: 100,
      closeTimeoutMs: 400,
      logger: this.#logger,
      ...options,
      ...this.poolOptions,
    });
    return this.pool;
  }

  /** The callback has been called. */
  readonly hit = (): number => {
    this.fired += 1;
    if (this.fired === this.#atFiring) this.#action(this);
    return this.fired;
  };

  /** Has the logger call back, too. */
  hearLogger(then: () => void = () => {}): void {
    for (const name of Object.keys(this.#logger) as (keyof Logger)[])
      this.#logger[name] = () => {
        this.hit();
        then();
      };
  }

  /** The pool owes this; it may reject. */
  owe<T extends Promise<unknown>>(name: string, promise: T): T {
    const { jobId } = promise as { readonly jobId?: string };
    if (jobId) this.jobIds.add(jobId);
    const settled = Promise.resolve(promise).then(
      () => this.#owed.delete(key),
      () => this.#owed.delete(key),
    );
    const key = `${name}#${this.#owed.size}`;
    this.#owed.set(key, settled);
    return promise;
  }

  /** Options of calls: their jobs can be canceled and their calls aborted. */
  get call(): { readonly signal: AbortSignal; readonly onSubmit: (job: SubmittedJob) => void } {
    return { signal: this.controller.signal, onSubmit: ({ jobId }) => this.jobIds.add(jobId) };
  }

  /** Ends the pool, and names the promises that are not settled after that. */
  async end(): Promise<string[]> {
    this.owe('the last destroy()', this.pool.destroy());
    for (const until = performance.now() + SETTLE_MS; this.#owed.size > 0 && performance.now() < until; )
      await delay(1);
    await this.cleanUp();
    return [...this.#owed.keys()];
  }
}

export async function until(condition: () => boolean, forMs = 8_000): Promise<boolean> {
  const giveUpAt = performance.now() + forMs;
  while (!condition() && performance.now() < giveUpAt) await delay(1);
  return condition();
}
