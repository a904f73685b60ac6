import { defineWorker, Worker } from 'mproc-worker';

export class Typed extends Worker<bigint, string> {
  static override readonly module = import.meta.url;

  protected override process(count: bigint): string {
    if (count > 1n) throw new RangeError(`${count} is too many`);
    return 'few';
  }
}

export const halve = defineWorker(import.meta.url, (pair: Map<string, number>) => {
  const half = (pair.get('whole') ?? 0) / 2;
  if (half === 0.5) throw new Error('no half');
  return half;
});
