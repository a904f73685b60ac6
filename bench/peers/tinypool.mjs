import { Tinypool } from 'tinypool';
import { oneByOne } from './one-by-one.mjs';

const filename = new URL('../jobs/functions.mjs', import.meta.url).href;

export const tinypool = {
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
