// The reference, which has nothing wrong, passes the kit; its mutants are in mutants.test.ts.
import { describeQueue } from 'mproc-worker/testing';
import { createQueue } from './mutants.js';
import { KIT_OPTIONS } from './reference-kit.js';

describeQueue('reference', createQueue, KIT_OPTIONS);
