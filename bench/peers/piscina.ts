import { Piscina } from 'piscina';
import { oneByOne } from './one-by-one.js';
import type { Peer } from './peer.js';

const filename = new URL('../jobs/functions.mjs', import.meta.url).href;

/** Threads. How many tasks a thread holds at once is what its documentation offers for throughput. */
export function piscina(concurrentTasksPerWorker: number): Peer {
  return {
    name: `piscina, ${concurrentTasksPerWorker} at once`,
    open({ processes, job }) {
      const pool = new Piscina({
        filename,
        name: job,
        minThreads: processes,
        maxThreads: processes,
        concurrentTasksPerWorker,
      });
      return oneByOne(
        (input) => pool.run(input),
        () => pool.destroy(),
      );
    },
  };
}
