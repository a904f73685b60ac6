import { Worker } from 'mproc-worker';

export type Leftover = 'loop' | 'exit-loop' | 'exit-throws' | 'broken';

const leave: Record<Leftover, () => void> = {
  loop: () => {
    setTimeout(() => {
      for (;;);
    }, 1);
  },
  'exit-loop': () => {
    process.on('exit', () => {
      // As deaf as a loop that computes, and leaves the processor to other tests.
      for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
    });
  },
  'exit-throws': () => {
    process.on('uncaughtException', () => {});
    process.on('exit', () => {
      throw new Error('at exit');
    });
  },
  broken: () => {
    process.on('uncaughtException', () => {});
    process.on('unhandledRejection', () => {});
    const { load } = Atomics;
    Atomics.load = ((words: Int32Array, at: number) => {
      if (!/\.serve \(/.test(new Error('where').stack ?? '')) return load(words, at);
      Atomics.load = load;
      throw new Error('broken');
    }) as typeof load;
  },
};

/** Succeeds, and leaves something behind that keeps its process. */
export class Leaves extends Worker<Leftover, number> {
  static override readonly module = import.meta.url;
  protected override process(leftover: Leftover): number {
    leave[leftover]();
    return process.pid;
  }
}
