// The kit on each mutant, many at once; run by mutants.test.ts with a configuration of its own.

import { describeQueue } from 'mproc-worker/testing';
import { afterEach, beforeEach, describe } from 'vitest';
import { MUTANTS } from './mutants.js';
import { KIT_OPTIONS } from './reference-kit.js';

describe.concurrent.each(Object.entries(MUTANTS))('%s', (mutant, Mutant) => {
  // Each for itself in order: a kit takes away all its queues after each test.
  describe.sequential('alone', () => {
    let isDead = false;
    beforeEach((context) => {
      if (isDead) context.skip();
    });
    afterEach(({ task }) => {
      isDead ||= task.result?.state === 'fail';
    });
    const module = new URL(KIT_OPTIONS.module!);
    module.searchParams.set('mutant', mutant);
    describeQueue(mutant, (name, options) => new Mutant(name, options), {
      ...KIT_OPTIONS,
      module: module.href,
    });
  });
});
