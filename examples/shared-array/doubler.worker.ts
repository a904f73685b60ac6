import { type SharedArray, Worker } from 'mproc-worker';

export interface Range {
  readonly numbers: SharedArray<'Float64Array'>;
  readonly from: number;
  readonly to: number;
}

/** Doubles a part of an array where it is. */
export class Doubler extends Worker<Range, void> {
  static override readonly module = import.meta.url;

  protected override process({ numbers, from, to }: Range): void {
    for (let index = from; index < to; index += 1) numbers.values[index] = (numbers.values[index] ?? 0) * 2;
  }
}
