import { defineConfig } from 'vitest/config';
import { KILLED_BY } from './killed-by.js';

/** A mutant meets the part of the kit that must kill it, and no other. */
const places = Object.entries(KILLED_BY).flatMap(([part, mutants]) =>
  mutants.map((mutant) => `queue ${mutant} ${part} `),
);

export default defineConfig({
  test: {
    include: ['test/runtime/testing/mutant-kit.ts'],
    pool: 'forks',
    maxWorkers: 1,
    // They mostly wait. More would be slowed down to failures that prove nothing.
    maxConcurrency: 6,
    hookTimeout: 60_000,
    testNamePattern: new RegExp(places.join('|')),
  },
});
