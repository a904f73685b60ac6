import { JobEvent, SharedArray, Worker } from 'mproc-worker';

/** Fails, and has listeners in its process that are to hear of it. */
export class FailsWithListeners extends Worker<number, never> {
  static override readonly module = import.meta.url;
  static override readonly listeners = { [JobEvent.Failed]: () => {}, [JobEvent.Retry]: () => {} };
  protected override process(): never {
    throw new Error('fails');
  }
}

export class Makes extends Worker<number, SharedArray<'Int32Array'>> {
  static override readonly module = import.meta.url;
  protected override process(): SharedArray<'Int32Array'> {
    return SharedArray.from('Int32Array', [1, 2, 3]);
  }
}

export class Holds extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(ms: number): number {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
    return process.pid;
  }
}
