import { Logger, makeWorkerUtils, run } from 'graphile-worker';
import pg from 'pg';
import type { QueuePeer } from './queue-peer.js';

const LOCAL_QUEUE = 200;

/** graphile-worker with the settings that it names for throughput. It brings no answers back. */
export const graphileWorkerPeer: QueuePeer = {
  name: 'graphile-worker, local queue of 200, no answers',
  goal: 0.6,
  submits: 1,
  async open(connectionString) {
    const logger = new Logger(() => () => {});
    // Connections of its own pool are still being closed when the server stops, and nobody hears their errors.
    const pgPool = new pg.Pool({ connectionString, max: 10 });
    pgPool.on('error', () => {});
    let done = 0;
    let onDone = (): void => {};
    const utils = await makeWorkerUtils({ pgPool, logger });
    await utils.migrate();
    const runner = await run({
      pgPool,
      preset: {
        worker: {
          concurrentJobs: LOCAL_QUEUE,
          completeJobBatchDelay: 0,
          failJobBatchDelay: 0,
          localQueue: { size: LOCAL_QUEUE },
        },
      },
      logger,
      taskList: {
        job: () => {
          done += 1;
          onDone();
        },
      },
    });
    return {
      async rate(jobs) {
        const began = performance.now();
        const all = new Promise<void>((resolve) => {
          done = 0;
          onDone = () => {
            if (done === jobs) resolve();
          };
        });
        for (let from = 0; from < jobs; from += LOCAL_QUEUE)
          await utils.addJobs(
            Array.from({ length: Math.min(LOCAL_QUEUE, jobs - from) }, (_, at) => ({
              identifier: 'job',
              payload: { number: from + at },
            })),
          );
        await all;
        return (jobs / (performance.now() - began)) * 1_000;
      },
      async close() {
        await runner.stop();
        await utils.release();
        await pgPool.end();
      },
    };
  },
};
