import { Worker } from 'mproc-worker';

export class Mean extends Worker<Map<string, bigint>, bigint> {
  static override readonly module = import.meta.url;

  protected override process(values: Map<string, bigint>): bigint {
    let sum = 0n;
    for (const value of values.values()) sum += value;
    return sum / BigInt(values.size);
  }
}
