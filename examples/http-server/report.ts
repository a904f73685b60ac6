import { setTimeout } from 'node:timers/promises';
import { defineWorker } from 'mproc-worker';

/** Stands for work of some seconds. It ends early when its client has gone away. */
export const report = defineWorker(import.meta.url, async (seconds: number, { signal }) => {
  await setTimeout(seconds * 1_000, undefined, { signal });
  return `a report that took ${seconds} s\n`;
});
