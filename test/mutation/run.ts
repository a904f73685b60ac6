// Puts faults into the sources of a folder, one at a time, and runs the tests nearest to it: `npm run mutate -- values`.
// It works on a copy of the checkout, builds it once with all faults in it, and turns on one of them for each run by an
// environment variable, which the processes of pools have, too.
import { spawn } from 'node:child_process';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Outcome, summaryOf } from './summary.js';
import { TARGET_NAMES, type Target, targetOf } from './targets.js';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const NOT_COPIED = new Set(['node_modules', '.git', 'dist', 'reports']);
/** A run may take so many times what it takes without a fault, and so much more. */
const TIMES_AS_LONG = 2;
const MORE_MS = 10_000;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'boolean' },
    keep: { type: 'boolean' },
    atLeast: { type: 'string', default: '0' },
  },
});

function targetsOf(names: readonly string[]): Target[] {
  if (names.length === 0) stop(`name a folder: ${TARGET_NAMES.join(', ')}, generator/plan, …`);
  return names.map((name) => {
    const target = targetOf(name.replace(/\/$/, ''), (path) => existsSync(join(CHECKOUT, path)));
    return target ?? stop(`${name} is no folder of sources with tests of the same path`);
  });
}

function stop(problem: string): never {
  console.error(`mutate: ${problem}`);
  process.exit(2);
}

/** A copy whose `mproc-worker` is its own. */
function copyCheckout(folder: string): void {
  for (const name of readdirSync(CHECKOUT))
    if (!NOT_COPIED.has(name))
      cpSync(join(CHECKOUT, name), join(folder, name), {
        recursive: true,
        verbatimSymlinks: true,
        filter: (path) => !NOT_COPIED.has(relative(CHECKOUT, path).split('/').at(-1)!),
      });
  const modules = join(folder, 'node_modules');
  mkdirSync(modules);
  for (const name of readdirSync(join(CHECKOUT, 'node_modules')))
    if (name !== 'mproc-worker' && name !== '.cache')
      symlinkSync(join(CHECKOUT, 'node_modules', name), join(modules, name));
  symlinkSync('../runtime', join(modules, 'mproc-worker'));
}

function filesBelow(folder: string, path: string): string[] {
  if (path.endsWith('.ts')) return [path];
  return readdirSync(join(folder, path), { withFileTypes: true }).flatMap((entry) => {
    const below = `${path}/${entry.name}`;
    if (entry.isDirectory()) return filesBelow(folder, below);
    return below.endsWith('.ts') ? [below] : [];
  });
}

function configurationOf(folder: string, targets: readonly Target[]): object {
  return {
    mutate: targets.flatMap(({ sources }) => sources.flatMap((path) => filesBelow(folder, path))),
    // The copy is this run's own, so that its tests find its build.
    inPlace: true,
    buildCommand: 'node scripts/build.mjs --force --without-types',
    testRunner: 'vitest',
    vitest: { configFile: 'mutation.vitest.config.ts', related: false },
    coverageAnalysis: 'perTest',
    concurrency: availableParallelism(),
    timeoutFactor: TIMES_AS_LONG,
    timeoutMS: MORE_MS,
    checkers: [],
    plugins: [fileURLToPath(import.meta.resolve('@stryker-mutator/vitest-runner'))],
    // Words for people are not the tests' business; which error is thrown is told by its code.
    mutator: { excludedMutations: ['StringLiteral'] },
    reporters: ['json', ...(process.stdout.isTTY ? ['progress'] : ['progress-append-only'])],
    jsonReporter: { fileName: 'mutation.json' },
    cleanTempDir: 'always',
    disableTypeChecks: false,
    allowConsoleColors: false,
  };
}

/** The project's own, with these tests alone. */
function vitestConfigurationOf(targets: readonly Target[]): string {
  const include = targets
    .flatMap(({ tests }) => tests)
    .map((path) => (path.endsWith('.ts') ? path : `${path}/**/*.test.ts`));
  return `import all from './vitest.config.ts';

// All of them in one project, each file by itself.
const { projects, ...test } = all.test;
const setupFiles = ['./test/mutation/fault-in-children.ts'];
const exclude = ['**/node_modules/**', '**/fixtures/**', '**/projects/**'];
export default { ...all, test: { ...test, setupFiles, exclude, include: ${JSON.stringify(include)} } };
`;
}

function stryker(folder: string): Promise<number | null> {
  const command = join(CHECKOUT, 'node_modules/@stryker-mutator/core/bin/stryker.js');
  const child = spawn(process.execPath, [command, 'run', 'stryker.config.json'], {
    cwd: folder,
    stdio: ['ignore', values.json ? 2 : 'inherit', 'inherit'],
  });
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => child.kill(signal));
  return new Promise((resolve) => child.on('exit', resolve));
}

const targets = targetsOf(positionals);
const folder = mkdtempSync(join(tmpdir(), 'mproc-mutation-'));
process.on('exit', () => {
  if (!values.keep) rmSync(folder, { recursive: true, force: true });
});
copyCheckout(folder);
writeFileSync(join(folder, 'stryker.config.json'), JSON.stringify(configurationOf(folder, targets)));
writeFileSync(join(folder, 'mutation.vitest.config.ts'), vitestConfigurationOf(targets));
const exitCode = await stryker(folder);
if (exitCode !== 0) stop(`the run has failed (exit code ${exitCode})`);
const summary: Outcome = summaryOf(folder);
if (values.json) console.log(JSON.stringify(summary));
else console.log(summary.text);
process.exitCode = summary.noticedPercent >= Number(values.atLeast) ? 0 : 1;
