import type { BenchOptions, Subject } from '../measure/benchmark.js';
import type { Line, Scale } from '../plot/chart.js';

/** How something grows with something else. */
export interface Curve {
  /** Of the picture, in `docs/images`. */
  readonly file: string;
  readonly title: string;
  readonly x: Scale;
  readonly y: Scale;
  /** Of the subjects. */
  readonly names: readonly string[];
  /** Where it is measured. */
  points(options: BenchOptions): number[];
  rounds(x: number, usual: number): number;
  subjects(x: number, options: BenchOptions): Subject[];
}

export interface DrawnCurve {
  readonly curve: Curve;
  readonly lines: readonly Line[];
}
