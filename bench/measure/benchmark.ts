/** What a benchmark is told. */
export interface BenchOptions {
  /** @default what the benchmark thinks right for its size */
  readonly rounds?: number | undefined;
  /** Part of the work that is measured: 1 all of it, 0.1 for `--quick`, 0.002 for the smoke test. @default 1 */
  readonly scale?: number | undefined;
  /** Its result is printed as JSON. @default false */
  readonly json?: boolean | undefined;
  /** It is to measure the sizes that take long, too. @default false */
  readonly full?: boolean | undefined;
}

/** A file of this folder. */
export interface Benchmark {
  /** @returns `undefined` where it has printed what it found by itself */
  run(options: BenchOptions): BenchResult | undefined | Promise<BenchResult | undefined>;
}

/** A goal of a benchmark: a ratio, and what it should be. */
export interface Goal {
  readonly against: string;
  /** `null` where it could not be measured. */
  readonly ratio: number | null;
  readonly goal: number;
  /** @default 'at least' */
  readonly sense?: 'at least' | 'at most';
}

/** A goal, and whether it is reached. */
export interface Check extends Goal {
  readonly ok: boolean;
}

export interface Row {
  readonly subject: string;
  readonly value: number | null;
  readonly unit: string;
}

/** What a benchmark prints. It is named by its first goal. */
export interface BenchResult {
  readonly name: string;
  readonly ratio: number | null;
  readonly goal?: number;
  readonly sense?: 'at least' | 'at most';
  /** Every goal is reached. */
  readonly ok: boolean;
  readonly checks?: readonly Check[];
  readonly rows: readonly Row[];
  readonly notes?: readonly string[];
  /** Subjects that have no figure, if any. */
  readonly failures?: readonly Failure[];
}

/** A subject that was left out, and why. */
export interface Failure {
  readonly subject: string;
  readonly error: string;
}

/** What is measured of one subject in each round; nothing of one that has failed. */
export type Values = Readonly<Record<string, readonly number[]>>;

/** One of those that take turns. */
export interface Subject {
  readonly name: string;
  measure(): number | Promise<number>;
}
