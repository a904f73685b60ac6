import type { FunctionWorker } from 'mproc-worker';

export const invoice: FunctionWorker<string, string>;
