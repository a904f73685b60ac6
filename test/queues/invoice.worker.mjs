import { defineWorker } from 'mproc-worker';

export const invoice = defineWorker(import.meta.url, (order) => order, { name: 'invoice' });
