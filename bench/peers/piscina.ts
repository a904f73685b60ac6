import { Piscina } from 'piscina';
import { oneByOne } from './one-by-one.js';
import { type AnyJob, type ModulePeer, moduleJobOf, type PeerSettings } from './peer.js';

/** Threads. How many tasks a thread holds at once is what its documentation offers for throughput. */
export function piscina(concurrentTasksPerWorker: number): ModulePeer {
  return {
    name: `piscina, ${concurrentTasksPerWorker} at once`,
    open(settings) {
      const pool = open(settings, concurrentTasksPerWorker);
      return oneByOne(
        (input) => pool.run(input),
        () => pool.destroy(),
      );
    },
  };
}

/** The caller gives each argument away, a typed array with a buffer of its own, and the job its result by `move`. */
export const piscinaTransferring: ModulePeer = {
  name: 'piscina, buffers transferred',
  open(settings) {
    const pool = open(settings, 1);
    return oneByOne(
      (input) => pool.run(input, { transferList: [(input as Uint8Array<ArrayBuffer>).buffer] }),
      () => pool.destroy(),
    );
  },
};

function open({ processes, job }: PeerSettings<AnyJob>, concurrentTasksPerWorker: number): Piscina {
  const { module, name } = moduleJobOf(job);
  return new Piscina({
    filename: module,
    name,
    minThreads: processes,
    maxThreads: processes,
    concurrentTasksPerWorker,
  });
}
