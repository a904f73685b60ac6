// Loads in the parent, which needs the class; in a process it hangs, in the way and as often as the environment tells.
import { existsSync } from 'node:fs';
import { Worker } from 'mproc-worker';

const how = process.argv[1]?.endsWith('start.cjs') ? process.env.MPROC_TEST_HANGS : undefined;
if (how !== undefined && !existsSync(process.env.MPROC_TEST_MENDED ?? '/')) {
  if (how === 'await') await new Promise((resolve) => setTimeout(resolve, 1 << 30));
  // As deaf as a loop that computes, and leaves the processor to other tests.
  if (how === 'loop') for (;;) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
}

export class HangsOnLoad extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(value: number): number {
    return value;
  }
}
