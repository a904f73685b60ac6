import { Tinypool } from 'tinypool';
import { oneByOne } from './one-by-one.js';
import { type ModulePeer, moduleJobOf } from './peer.js';

export const tinypool = tinypoolOf('child_process');

export function tinypoolOf(runtime: 'child_process' | 'worker_threads'): ModulePeer {
  return {
    name: `tinypool ${runtime}`,
    open({ processes, job }) {
      const { module, name, hasBytes } = moduleJobOf(job);
      const pool = new Tinypool({
        filename: module,
        name,
        runtime,
        minThreads: processes,
        maxThreads: processes,
        ...(hasBytes && { serialization: 'advanced' }),
      });
      return oneByOne(
        (input) => pool.run(input),
        () => pool.destroy(),
      );
    },
  };
}
