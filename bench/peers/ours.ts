import { type JobResponse, ProcessPool, type Worker } from 'mproc-worker';
import { Burn } from '../jobs/burn.worker.mjs';
import { Echo } from '../jobs/echo.worker.mjs';
import { Sums } from '../jobs/sums.worker.mjs';
import type { Peer, PeerPool } from './peer.js';

const WORKERS = { sum: Sums, echo: Echo, burn: Burn };

type Answer = JobResponse<unknown>;

export interface OurPool extends PeerPool<Answer> {
  readonly pool: ProcessPool;
  imap(inputs: Iterable<unknown>): AsyncIterable<Answer>;
}

export const ours: Peer<OurPool> = {
  name: 'mproc-worker',
  open({ processes, job }) {
    const pool = new ProcessPool({ processes });
    // What it takes depends on the job, which whoever asks for it knows.
    const worker = new WORKERS[job]() as Worker<unknown, unknown>;
    return {
      pool,
      map: (inputs) => pool.map(worker, inputs),
      imap: (inputs) => pool.imap(worker, inputs),
      run: (input) => pool.run(worker, input),
      valueOf(response) {
        if (!response.ok) throw response.error;
        return response.body;
      },
      close: () => pool.close(),
    };
  },
};
