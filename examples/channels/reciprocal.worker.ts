import { Worker } from 'mproc-worker';

export class Reciprocal extends Worker<number, number> {
  static override readonly module = import.meta.url;

  protected override process(value: number): number {
    if (value === 0) throw new RangeError('0 has no reciprocal');
    return 1 / value;
  }
}
