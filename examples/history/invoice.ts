import { defineWorker } from 'mproc-worker';

export const invoice = defineWorker(
  import.meta.url,
  (order: number) => {
    if (order < 0) throw new RangeError(`no such order: ${order}`);
    return `invoice of order ${order}`;
  },
  { name: 'invoice' },
);
