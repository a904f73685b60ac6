import { ProcessPool, Worker } from 'mproc-worker';

export class Own extends Worker {}

export const pool = new ProcessPool({ processes: 1 });
