import { Tinypool } from 'tinypool';
import { oneByOne } from './one-by-one.js';
import type { Peer } from './peer.js';

const filename = new URL('../jobs/functions.mjs', import.meta.url).href;

export const tinypool: Peer = {
  name: 'tinypool child_process',
  open({ processes, job }) {
    const pool = new Tinypool({
      filename,
      name: job,
      runtime: 'child_process',
      minThreads: processes,
      maxThreads: processes,
    });
    return oneByOne(
      (input) => pool.run(input),
      () => pool.destroy(),
    );
  },
};
