import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';
import { oneByOne } from './one-by-one.mjs';

const file = fileURLToPath(new URL('../jobs/functions.mjs', import.meta.url));

export const jestWorker = {
  name: 'jest-worker',
  open({ processes, job }) {
    const farm = new Worker(file, { numWorkers: processes, exposedMethods: ['sum', 'echo', 'burn'] });
    return oneByOne(
      (input) => farm[job](input),
      () => farm.end(),
    );
  },
};
