import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/runtime/testing/mutant-kit.ts'],
    pool: 'forks',
    maxWorkers: 1,
    hookTimeout: 60_000,
  },
});
