import { Worker } from 'mproc-worker';

export class Sort extends Worker<number, number> {
  static override readonly module = import.meta.url;

  protected override process(count: number): number {
    const values = Array.from({ length: count }, (_, n) => (n * 7_919) % count);
    return values.sort((a, b) => a - b)[0] ?? 0;
  }
}
