import { defineWorker } from 'mproc-worker';

export const page = defineWorker(
  import.meta.url,
  (number: number) => {
    if (number < 1) throw new RangeError(`there is no page ${number}`);
    return `page ${number}`;
  },
  { name: 'page' },
);

export const bind = defineWorker(
  import.meta.url,
  (title: string, job) => `${title}: ${job.before.map(({ ok, body }) => (ok ? body : 'a gap')).join(', ')}`,
  { name: 'bind' },
);
