import { defineWorker } from 'mproc-worker';

export const shout = defineWorker(import.meta.url, async (text: string, job) => {
  if (text === '') throw new Error(`nothing to shout in attempt ${job.attempt}`);
  return `${text.toUpperCase()}!`;
});
