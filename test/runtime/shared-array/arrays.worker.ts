import { readdirSync } from 'node:fs';
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

let kept: SharedArray<'Int32Array'> | undefined;

export interface Wanted {
  readonly what: 'new' | 'kept' | 'twice' | 'told' | 'beside bytes' | 'refused';
  readonly length: number;
}

/** Returns arrays of its own in every way; `state` goes along. */
export class ReturnsArrays extends Worker<Wanted, unknown> {
  static override readonly module = import.meta.url;
  jobs = 0;
  protected override process({ what, length }: Wanted): unknown {
    this.jobs += 1;
    const array = SharedArray.allocate('Int32Array', length);
    array.values.fill(this.jobs);
    if (what === 'kept') {
      kept ??= array;
      return kept;
    }
    if (what === 'twice') return { array, again: [array], own: SharedArray.from('Uint8Array', [7]) };
    if (what === 'told') {
      this.progress(array);
      return length;
    }
    if (what === 'beside bytes') return { array, bytes: Buffer.alloc(1_000_000, 3) };
    if (what === 'refused') return { array, nothing: () => 1 };
    return array;
  }
}

/** How many descriptors this process has. */
export class Descriptors extends Worker<null, { pid: number; count: number }> {
  static override readonly module = import.meta.url;
  protected override process() {
    return { pid: process.pid, count: readdirSync('/proc/self/fd').length };
  }
}
