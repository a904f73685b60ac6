import { ProcessPool, SharedArray, Worker } from 'mproc-worker';

export class MakesArray extends Worker<number[], SharedArray<'Int32Array'>> {
  static override readonly module = import.meta.url;
  protected override process(values: number[]): SharedArray<'Int32Array'> {
    return SharedArray.from('Int32Array', values);
  }
}

/** Negates what it sees, and gives the array back. */
export class Negates extends Worker<{ array: SharedArray<'Int32Array'>; holdMs?: number }, unknown> {
  static override readonly module = import.meta.url;
  protected override process({ array, holdMs = 0 }: { array: SharedArray<'Int32Array'>; holdMs?: number }) {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, holdMs);
    array.values.forEach((value, at) => {
      array.values[at] = -value;
    });
    return { array, pid: process.pid };
  }
}

let inner: ProcessPool | undefined;

/** Brings an array of a process of its own; ends that process when it is asked for nothing. */
export class BringsArray extends Worker<number[] | undefined, SharedArray<'Int32Array'> | undefined> {
  static override readonly module = import.meta.url;
  protected override async process(values: number[] | undefined) {
    if (values === undefined) return void (await inner?.close());
    inner = new ProcessPool(1);
    return (await inner.run(new MakesArray(), values)).body;
  }
}
