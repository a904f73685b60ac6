// One case: a pool, the promises it owes, and what the callback does when it comes.
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessPool } from 'mproc-worker';

/** A promise that is not settled so long after the end of its pool is never settled. */
const SETTLE_MS = 60_000;

const silent = { error() {}, warn() {}, info() {}, debug() {} };

export class Case {
  controller = new AbortController();
  /** Of jobs that `cancel` is to find. */
  jobIds = new Set();
  fired = 0;
  pool;
  /** What the callback needs of the pool. */
  poolOptions = {};
  beforeFiring = () => {};
  /** What the pool does not give back itself. */
  cleanUp = () => {};
  #owed = new Map();
  #action;
  #atFiring;
  #logger = { ...silent };

  /** @param atFiring which of the callback's calls does it, from 1 */
  constructor(action, atFiring) {
    this.#action = action;
    this.#atFiring = atFiring;
  }

  open(options = {}) {
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
  hit = () => {
    this.fired += 1;
    if (this.fired === this.#atFiring) this.#action(this);
    return this.fired;
  };

  /** Has the logger call back, too. */
  hearLogger(then = () => {}) {
    for (const name of Object.keys(this.#logger))
      this.#logger[name] = () => {
        this.hit();
        then();
      };
  }

  /** The pool owes this; it may reject. */
  owe(name, promise) {
    if (promise?.jobId) this.jobIds.add(promise.jobId);
    const settled = Promise.resolve(promise).then(
      () => this.#owed.delete(key),
      () => this.#owed.delete(key),
    );
    const key = `${name}#${this.#owed.size}`;
    this.#owed.set(key, settled);
    return promise;
  }

  /** Options of calls: their jobs can be canceled and their calls aborted. */
  get call() {
    return { signal: this.controller.signal, onSubmit: ({ jobId }) => this.jobIds.add(jobId) };
  }

  /** Ends the pool, and names the promises that are not settled after that. */
  async end() {
    this.owe('the last destroy()', this.pool.destroy());
    for (const until = performance.now() + SETTLE_MS; this.#owed.size > 0 && performance.now() < until; )
      await delay(1);
    await this.cleanUp();
    return [...this.#owed.keys()];
  }
}

export async function until(condition, forMs = 8_000) {
  const giveUpAt = performance.now() + forMs;
  while (!condition() && performance.now() < giveUpAt) await delay(1);
  return condition();
}
