import { MOST_IN_BUNDLE } from '../protocol.js';

/** Jobs that take less on average are quick, in milliseconds. */
const QUICK_MS = 0.02;
/** How long the jobs of a bundle may take together, on average, in milliseconds. */
const BUNDLE_WORTH_MS = 0.1;
/** Jobs after which bundles grow; twice as many after each time that they did not work out, up to the second. */
const TRIAL_JOBS = 64;
const MOST_TRIAL_JOBS = 4096;

/**
 * How many jobs of one worker may share a slot: one, until they have shown that they are quick; then more and more.
 * Single ones may take long all the same, as when the processor is taken from them: their bundles are ended early.
 */
export class BundleSize {
  #most = 1;
  #jobs = 0;
  #trialJobs = TRIAL_JOBS;
  /** How long jobs run of late, in milliseconds; long, until one has told. */
  #runMs = 1;

  get jobs(): number {
    if (this.#runMs > QUICK_MS) return 1;
    return Math.max(1, Math.min(this.#most, Math.floor(BUNDLE_WORTH_MS / this.#runMs)));
  }

  /** A job has run so long. */
  note(runMs: number): void {
    this.#runMs += (Math.min(runMs, 4 * this.#runMs + 0.001) - this.#runMs) / 8;
    if (this.#most === MOST_IN_BUNDLE) return;
    this.#jobs += 1;
    if (this.#jobs < this.#trialJobs) return;
    this.#most *= 2;
    this.#jobs = 0;
  }

  /** Jobs of this worker are not what bundles are for: they wait for something, or are large. */
  disappoint(): void {
    this.#most = 1;
    this.#jobs = 0;
    this.#trialJobs = Math.min(MOST_TRIAL_JOBS, this.#trialJobs * 2);
  }
}
