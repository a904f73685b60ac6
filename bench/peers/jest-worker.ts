import { fileURLToPath } from 'node:url';
import { Worker } from 'jest-worker';
import { oneByOne } from './one-by-one.js';
import type { JobName, Peer } from './peer.js';

const file = fileURLToPath(new URL('../jobs/functions.mjs', import.meta.url));

/** It has a method for each exposed one. */
type Farm = Worker & { readonly [Job in JobName]: (input: unknown) => Promise<unknown> };

export const jestWorker: Peer = {
  name: 'jest-worker',
  open({ processes, job }) {
    const farm = new Worker(file, {
      numWorkers: processes,
      exposedMethods: ['sum', 'echo', 'burn'],
    }) as Farm;
    return oneByOne(
      (input) => farm[job](input),
      () => farm.end(),
    );
  },
};
