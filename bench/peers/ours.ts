import { type JobResponse, moduleWorker, ProcessPool, type Worker } from 'mproc-worker';
import { Burn } from '../jobs/burn.worker.mjs';
import { Echo } from '../jobs/echo.worker.mjs';
import { Sums } from '../jobs/sums.worker.mjs';
import type { AnyJob, ModulePeer, PeerPool, PeerSettings } from './peer.js';

const WORKERS = { sum: Sums, echo: Echo, burn: Burn };

type Answer = JobResponse<unknown>;

export interface OurPool extends PeerPool<Answer> {
  readonly pool: ProcessPool;
  imap(inputs: Iterable<unknown>): AsyncIterable<Answer>;
}

export const ours: ModulePeer<OurPool> = { name: 'mproc-worker', open: (settings) => open(settings, 1) };

/** With so many jobs at once in a process. */
export function oursAtOnce(concurrency: number): ModulePeer<OurPool> {
  return { name: `mproc-worker, ${concurrency} at once`, open: (settings) => open(settings, concurrency) };
}

function open({ processes, job }: PeerSettings<AnyJob>, concurrency: number): OurPool {
  const pool = new ProcessPool({ processes, concurrency });
  const worker = workerOf(job);
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
}

/** What it takes depends on the job, which whoever asks for it knows. */
function workerOf(job: AnyJob): Worker<unknown, unknown> {
  if (typeof job === 'string') return new WORKERS[job]() as Worker<unknown, unknown>;
  return moduleWorker<unknown, unknown>(new URL(job.module), job.name);
}
