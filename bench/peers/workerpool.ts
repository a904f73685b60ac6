import { fileURLToPath } from 'node:url';
import workerpool from 'workerpool';
import { oneByOne } from './one-by-one.js';
import { type ModulePeer, moduleJobOf } from './peer.js';

const script = fileURLToPath(new URL('./workerpool-process.mjs', import.meta.url));

export const workerpoolPeer: ModulePeer = {
  name: 'workerpool process',
  open({ processes, job }) {
    const { module, name, hasBytes } = moduleJobOf(job);
    const pool = workerpool.pool(script, {
      workerType: 'process',
      forkArgs: [module],
      ...(hasBytes && { forkOpts: { serialization: 'advanced' } }),
      minWorkers: processes,
      maxWorkers: processes,
    });
    return oneByOne(
      (input) => pool.exec(name, [input]),
      () => pool.terminate(),
    );
  },
};
