// The kit on the queue that MPROC_MUTANT names; run by mutants.test.ts with a configuration of its own.
import { describeQueue } from '../../../runtime/src/testing/index.js';
import { createQueue } from './mutants.js';
import { StateFile } from './reference-state.js';

describeQueue('mutant', createQueue, {
  module: new URL('./mutants.ts', import.meta.url).href,
  leaseMs: 500,
  jobsPerProcess: 60,
  insertHostile: async (name, record) =>
    new StateFile(name).transact((state) => {
      state.lastId += 1;
      const rest = { priority: 0, attempt: 0, token: '', owner: '', reason: '' };
      state.jobs.push({ id: state.lastId, record, state: 'ready', time: 0, ...rest });
    }),
});
