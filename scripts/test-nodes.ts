// Runs the tests under other releases of Node.js, which it installs from npm when they are first needed:
//
//     npm run test:nodes                                         everything, under each release that is alive
//     npm run test:nodes -- --node 24 test/runtime               one release, some files or folders
//     npm run test:nodes -- --short                              what differs most between releases; part of `npm test`
//
// Vitest itself runs under that release, and so does whatever the tests start: it is the first `node` of the PATH.
import { spawnSync } from 'node:child_process';
import { delimiter, dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { install, RELEASES } from './nodes/runtimes.js';
import { type Round, SHORT } from './nodes/short-tier.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const VITEST = fileURLToPath(new URL('../node_modules/vitest/vitest.mjs', import.meta.url));
/** What the tests of this package's own errors run under. */
const OTHERS = ['bun', 'deno'];

const { values: flags, positionals } = parseArgs({
  options: { node: { type: 'string', multiple: true }, short: { type: 'boolean', default: false } },
  allowPositionals: true,
});

function rounds(): Round[] {
  if (flags.short) return SHORT.filter(({ release }) => flags.node?.includes(release) ?? true);
  return (flags.node ?? [...RELEASES.keys()]).map((release) => ({ release, tests: positionals }));
}

/** @returns whether all tests have passed */
function run(node: string, { tests }: Round): boolean {
  const version = spawnSync(node, ['--version'], { encoding: 'utf8' }).stdout.trim();
  console.log(`\nNode.js ${version}: ${tests.length === 0 ? 'all tests' : tests.join(' ')}`);
  const PATH = [dirname(node), process.env.PATH].join(delimiter);
  const { status } = spawnSync(node, [VITEST, 'run', ...tests], {
    cwd: ROOT,
    stdio: 'inherit',
    env: { ...process.env, PATH },
  });
  return status === 0;
}

const planned = rounds();
const installed = new Map<string, string>();
const refused = new Map<string, Error>();
await Promise.all(
  [...planned.map(({ release }) => release), ...OTHERS].map(async (key) => {
    try {
      installed.set(key, await install(key));
    } catch (error) {
      refused.set(key, error as Error);
    }
  }),
);
for (const [key, { message }] of refused) console.log(`not run: ${key} could not be installed: ${message}`);

const failed = planned
  .filter((round) => {
    const node = installed.get(round.release);
    // Where the registry is out of reach, the short tier runs what there is; who asked for a release is to have it.
    return node === undefined ? !flags.short : !run(node, round);
  })
  .map(({ release }) => release);
if (failed.length > 0) {
  console.error(`failed under Node.js ${failed.join(', ')}`);
  process.exitCode = 1;
}
