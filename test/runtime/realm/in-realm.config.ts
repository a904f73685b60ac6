import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/runtime/realm/in-realm.ts'],
    // Each file has a context of its own, as under Jest.
    pool: 'vmThreads',
    maxWorkers: 1,
    testTimeout: 30_000,
    server: { deps: { external: [/runtime\/dist/] } },
  },
});
