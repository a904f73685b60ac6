import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts'],
    exclude: ['**/node_modules/**', '**/fixtures/**', '**/projects/**'],
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Tests run against the built packages, the same files a user gets; tsx, in children, must not find the sources either.
    env: { TSX_TSCONFIG_PATH: fileURLToPath(new URL('./runtime/tsconfig.json', import.meta.url)) },
    server: { deps: { external: [/runtime\/dist/] } },
  },
});
