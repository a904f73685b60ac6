import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import { oneByOne } from './one-by-one.js';
import type { Peer } from './peer.js';

const script = fileURLToPath(new URL('./workerpool-process.mjs', import.meta.url));

export const workerpoolPeer: Peer = {
  name: 'workerpool process',
  open({ processes, job }) {
    const pool = workerpool.pool(script, {
      workerType: 'process',
      minWorkers: processes,
      maxWorkers: processes,
    });
    return oneByOne(
      (input) => pool.exec(job, [input]),
      () => pool.terminate(),
    );
  },
};
