import type { QueueKitOptions } from '../../../runtime/src/testing/queue/options.js';
import { builtModule } from '../../built-module.js';
import { StateFile } from './reference-state.js';

/** For the reference queue, and for each of its mutants. */
export const KIT_OPTIONS: QueueKitOptions = {
  module: builtModule(new URL('./mutants.ts', import.meta.url)),
  leaseMs: 500,
  jobsPerProcess: 60,
  insertHostile: async (name, record) =>
    new StateFile(name).transact((state) => {
      state.lastId += 1;
      const rest = { priority: 0, attempt: 0, token: '', owner: '', reason: '' };
      state.jobs.push({ id: state.lastId, record, state: 'ready', time: 0, ...rest });
    }),
};
