import { defineWorker } from 'mproc-worker';

export const report = defineWorker(import.meta.url, (kind: string) => `${kind} report`, { name: 'report' });
