import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vitest/config';
import { builtWorkers } from './test/built-workers.js';
import { FailuresLast } from './test/failures-last.js';
import { LongestFirst } from './test/longest-first.js';

/** What needs no server and no second process, and so takes no longer than its own work: `npm run test:quick`. */
const QUICK = [
  'test/bench/{chart,result}.test.ts',
  'test/checker/*.test.ts',
  'test/generator/answers/{names,nearest,type-grammar}.test.ts',
  'test/generator/{edits,plan}/*.test.ts',
  'test/generator/project/classes.test.ts',
  'test/repository/lockfile.test.ts',
  'test/runtime/{layout,model,response,strategies,values,worker}/**/*.test.ts',
  'test/runtime/pool/transport/*.test.ts',
  'test/runtime/pool/{bundle-size,dispatcher,node-flags,retry-schedule,indexed-set}.test.ts',
  'test/runtime/queues/{null-queue,shared-memory-queue,wire}.test.ts',
  'test/runtime/segment/file-buffer.test.ts',
  'test/runtime/testing/contract.test.ts',
];
/** Removes the shared memory that no living process uses, which may be that of a test in which all have just been killed. */
const CLEAN = 'test/runtime/cli/clean.test.ts';
/** `MPROC_TEST_COSTS=<file> npx vitest run …` writes what each file of tests takes of the processor. */
const COSTS = process.env.MPROC_TEST_COSTS ? ['test/costs.ts'] : [];
/**
 * Certificates that Node.js reads when it starts are a third of what starting it takes, and tests start thousands: those that
 * install from a registry give them to npm alone, see test/e2e/command.ts.
 */
if (process.env.NODE_EXTRA_CA_CERTS !== undefined) {
  process.env.MPROC_TEST_CERTIFICATES = process.env.NODE_EXTRA_CA_CERTS;
  delete process.env.NODE_EXTRA_CA_CERTS;
}
const NO_TESTS_OF_OURS = ['**/node_modules/**', '**/fixtures/**', '**/projects/**'];

export default defineConfig({
  plugins: [builtWorkers()],
  test: {
    pool: 'forks',
    // Most files wait for processes, servers and leases most of their time: more workers than cores wait at once.
    maxWorkers: 4,
    sequence: { sequencer: LongestFirst },
    // They end what hangs, and say nothing of speed: beside other work a test takes ten times as long as alone.
    testTimeout: 600_000,
    hookTimeout: 600_000,
    expect: { poll: { timeout: 240_000 } },
    // Tests run against the built packages, the same files a user gets; tsx, in children, must not find the sources either.
    env: { TSX_TSCONFIG_PATH: fileURLToPath(new URL('./runtime/tsconfig.json', import.meta.url)) },
    server: { deps: { external: [/runtime\/dist/] } },
    reporters: ['default', new FailuresLast()],
    globalSetup: ['test/left-projects-queues.ts'],
    setupFiles: ['test/left-queues.ts', ...COSTS],
    projects: [
      {
        extends: true,
        test: {
          name: 'quick',
          include: QUICK,
          exclude: NO_TESTS_OF_OURS,
          // They share what they load, as the compiler, and leave nothing behind.
          isolate: false,
          setupFiles: ['test/one-process.ts'],
        },
      },
      {
        extends: true,
        test: { name: 'clean', include: [CLEAN], exclude: NO_TESTS_OF_OURS },
      },
      {
        extends: true,
        test: {
          name: 'processes',
          include: ['test/**/*.test.ts'],
          exclude: [...NO_TESTS_OF_OURS, ...QUICK, CLEAN],
          sequence: { sequencer: LongestFirst, groupOrder: 1 },
        },
      },
    ],
  },
});
