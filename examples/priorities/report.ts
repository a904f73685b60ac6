import { setTimeout as sleep } from 'node:timers/promises';
import { defineWorker } from 'mproc-worker';

export const report = defineWorker(import.meta.url, async (name: string) => {
  await sleep(100);
  return `report of ${name}`;
});
