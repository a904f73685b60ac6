import { describeQueue } from 'mproc-worker/testing';
import { builtModule } from '../../built-module.js';
import { createQueue } from './create-shared-memory-queue.js';

describeQueue('shared memory', createQueue, {
  module: builtModule(new URL('./create-shared-memory-queue.ts', import.meta.url)),
});
