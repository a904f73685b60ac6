import { describeQueue } from '../../../runtime/src/testing/index.js';
import { createQueue } from './create-shared-memory-queue.js';

describeQueue('shared memory', createQueue, {
  module: new URL('./create-shared-memory-queue.ts', import.meta.url).href,
});
