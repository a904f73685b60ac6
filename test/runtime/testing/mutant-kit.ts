// The kit on the queue that MPROC_MUTANT names; run by mutants.test.ts with a configuration of its own.
import { describeQueue } from '../../../runtime/src/testing/index.js';
import { createQueue } from './mutants.js';

describeQueue('mutant', createQueue, {
  module: new URL('./mutants.ts', import.meta.url).href,
  leaseMs: 500,
  jobsPerProcess: 60,
});
