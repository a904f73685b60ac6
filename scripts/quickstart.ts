// From nothing to a running project: creates one in a temporary folder, adds to it, checks it, and runs it over the
// documentation of this repository's own dependencies. `--keep` leaves the project where it is.
import { existsSync, mkdtempSync, realpathSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { StepFailure, Steps } from './quickstart/steps.js';

const checkout = join(dirname(fileURLToPath(import.meta.url)), '..');
const generator = join(checkout, 'bin', 'create-mproc-worker.js');
const documents = join(checkout, 'node_modules');
/** What people write to be read: documents, licences, pages, and declarations with their comments. */
const documentKinds = 'none,md,markdown,txt,rst,html,d.ts,d.mts,d.cts';

const { values: options } = parseArgs({ options: { keep: { type: 'boolean', default: false } } });
const temporary = mkdtempSync(join(realpathSync(tmpdir()), 'mproc-quickstart-'));
const project = join(temporary, 'demo');
const steps = new Steps({ ignoreInterrupt: true });

async function main(): Promise<void> {
  if (!existsSync(join(checkout, 'dist', 'cli.js')))
    await steps.run('build both packages', process.execPath, ['scripts/build.mjs'], { cwd: checkout });
  await steps.run(
    'create a project',
    process.execPath,
    [generator, 'demo', '--template', 'files', '--yes', '--no-git', '--no-install'],
    { cwd: temporary, shownAs: 'npx create-mproc-worker demo --template files --yes --no-git --no-install' },
  );
  const inProject = { cwd: project };
  await steps.run('install it', 'npm', ['install', '--prefer-offline', '--no-audit', '--no-fund'], inProject);
  await add('a worker', 'worker', 'Lines', '--args', 'string', '--result', 'number');
  await add('a listener', 'listener', 'Audit', '--worker', 'Lines', '--events', 'success,failed');
  await add('a queue adapter', 'queue', 'Orders', '--engine', 'shared-memory');
  await steps.run('check it', 'npm', ['run', '--silent', 'check'], { ...inProject, visible: true });
  await steps.run(
    'run it over the documentation of this repository’s dependencies',
    'npm',
    ['start', '--silent', '--', documents, '--kinds', documentKinds],
    { ...inProject, visible: true },
  );
}

function add(what: string, ...args: string[]): Promise<void> {
  return steps.run(`add ${what}`, 'npx', ['create-mproc-worker', 'add', ...args, '--yes'], { cwd: project });
}

try {
  await main();
  console.log(`\nAll ${steps.count} steps succeeded in ${steps.seconds()} s.`);
} catch (error) {
  if (!(error instanceof StepFailure)) throw error;
  console.error(error.message);
  process.exitCode = 1;
} finally {
  if (options.keep) console.log(`The project is in ${project}`);
  else rmSync(temporary, { recursive: true, force: true });
}
