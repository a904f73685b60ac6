import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';

/** Histograms count whole numbers: of 0.1 µs. */
const UNITS_PER_MS = 10_000;
/** A week; what is longer counts as that. */
const LONGEST = 7 * 24 * 60 * 60 * 1_000 * UNITS_PER_MS;
/** Two digits: a percentile is right to 1 %. */
const RANGE = { lowest: 1, highest: LONGEST, figures: 2 };

/** In milliseconds; 0 where there was no attempt. */
export interface Percentiles {
  /** Attempts, or as many as what was recorded stands for. */
  readonly count: number;
  /** The average. */
  readonly mean: number;
  /** Half of them took no longer. */
  readonly p50: number;
  /** 95 of 100 took no longer. */
  readonly p95: number;
  /** 99 of 100 took no longer. */
  readonly p99: number;
  /** The longest. */
  readonly max: number;
}

interface Pair {
  readonly wait: RecordableHistogram;
  readonly run: RecordableHistogram;
}

/** How long attempts waited and ran. */
export class LatencyHistograms {
  readonly #weight: number;
  readonly #alone = newPair();
  readonly #sampled = newPair();

  /** @param weight how many attempts each of the sampled ones stands for */
  constructor(weight: number) {
    this.#weight = weight;
  }

  /** @param alone how long each waited and ran, in milliseconds; all of the one, some of the other */
  record(alone: Float64Array, sampled: Float64Array): void {
    recordInto(this.#alone, alone);
    recordInto(this.#sampled, sampled);
  }

  read(): { readonly waitMs: Percentiles; readonly runMs: Percentiles } {
    return { waitMs: this.#percentilesOf('wait'), runMs: this.#percentilesOf('run') };
  }

  #percentilesOf(which: keyof Pair): Percentiles {
    const all = createHistogram(RANGE);
    all.add(this.#alone[which]);
    for (let times = 0; times < this.#weight; times += 1) all.add(this.#sampled[which]);
    const { count } = all;
    if (count === 0) return NONE;
    const at = (percent: number) => all.percentile(percent) / UNITS_PER_MS;
    const mean = all.mean / UNITS_PER_MS;
    return { count, mean, p50: at(50), p95: at(95), p99: at(99), max: all.max / UNITS_PER_MS };
  }
}

const NONE: Percentiles = { count: 0, mean: 0, p50: 0, p95: 0, p99: 0, max: 0 };

function newPair(): Pair {
  return { wait: createHistogram(RANGE), run: createHistogram(RANGE) };
}

function recordInto({ wait, run }: Pair, times: Float64Array): void {
  for (let at = 0; at < times.length; at += 2) {
    wait.record(unitsOf(times[at]!));
    run.record(unitsOf(times[at + 1]!));
  }
}

function unitsOf(ms: number): number {
  return Math.min(LONGEST, Math.max(1, Math.round(ms * UNITS_PER_MS)));
}
