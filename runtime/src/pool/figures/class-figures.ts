import { LatencyHistograms, type Percentiles } from './latency-histograms.js';

/**
 * Jobs in bundles take less than a microsecond, and two histograms 50 ns: one of so many is recorded, and counts for all of
 * them. The number has no divisor in common with the size of a bundle, so that each position in it has its turn.
 */
export const RECORDED_OF = 17;
/** Times of so many attempts are kept as they are before they go into histograms: few programs need those. */
const KEPT = 128;

/** What has become of the jobs of a class. */
export interface ClassStats {
  /** Name of the class, or of the function. */
  readonly class: string;
  /** Jobs that were answered well. */
  readonly succeeded: number;
  /** Jobs that have failed for good. */
  readonly failed: number;
  /** Jobs that were canceled, or that nobody waited for any more. */
  readonly canceled: number;
  /** Attempts that failed and were followed by another. */
  readonly retried: number;
  /** Attempts that ran longer than they may; each of them counts as retried or failed, too. */
  readonly timedOut: number;
  /** Attempts whose process died; each of them counts as retried or failed, too. */
  readonly crashed: number;
  /** How long attempts waited from when their job was ready, in milliseconds. */
  readonly waitMs: Percentiles;
  /** How long attempts ran, in milliseconds. */
  readonly runMs: Percentiles;
}

/** Counts what becomes of the jobs of a class. It hears of each job, and nothing is asked of it that would cost a tiny one. */
export class ClassFigures {
  succeeded = 0;
  failed = 0;
  canceled = 0;
  retried = 0;
  timedOut = 0;
  crashed = 0;
  /** How long all attempts ran, in milliseconds. */
  busyMs = 0;
  #bundled = 0;
  /** How long each waited and ran. */
  readonly #alone = new Float64Array(2 * KEPT);
  readonly #sampled = new Float64Array(2 * KEPT);
  #aloneLength = 0;
  #sampledLength = 0;
  #histograms: LatencyHistograms | undefined;

  constructor(readonly name: string) {}

  /** @param times how long the attempt waited and how long it ran, in milliseconds */
  noteAttempt(times: Float64Array): void {
    this.busyMs += times[1]!;
    const at = this.#aloneLength;
    this.#alone[at] = times[0]!;
    this.#alone[at + 1] = times[1]!;
    this.#aloneLength = at + 2;
    if (at + 2 === this.#alone.length) this.#recordOrDrop();
  }

  /** A job of a bundle has succeeded. */
  noteBundled(times: Float64Array): void {
    this.busyMs += times[1]!;
    this.#bundled += 1;
    if (this.#bundled % RECORDED_OF !== 0) return;
    const at = this.#sampledLength;
    this.#sampled[at] = times[0]!;
    this.#sampled[at + 1] = times[1]!;
    this.#sampledLength = at + 2;
    if (at + 2 === this.#sampled.length) this.#recordOrDrop();
  }

  /** Histograms are loaded late, which the system may refuse: a job must not fail for its figures. */
  #recordOrDrop(): void {
    try {
      this.#record();
    } catch {
      this.#aloneLength = 0;
      this.#sampledLength = 0;
    }
  }

  /** @throws MprocError `ERR_SYSTEM` */
  #record(): LatencyHistograms {
    this.#histograms ??= new LatencyHistograms(RECORDED_OF);
    this.#histograms.record(
      this.#alone.subarray(0, this.#aloneLength),
      this.#sampled.subarray(0, this.#sampledLength),
    );
    this.#aloneLength = 0;
    this.#sampledLength = 0;
    return this.#histograms;
  }

  stats(): ClassStats {
    const { name, failed, canceled, retried, timedOut, crashed } = this;
    const succeeded = this.succeeded + this.#bundled;
    const { waitMs, runMs } = this.#record().read();
    return { class: name, succeeded, failed, canceled, retried, timedOut, crashed, waitMs, runMs };
  }
}
