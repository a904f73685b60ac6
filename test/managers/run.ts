// `npm run test:managers [name…]`: both packages from a registry of this test's own, and for each package manager a project
// that is made, installed, started, tested, checked and added to. It installs the managers from npm, in a temporary folder:
// together they are larger than all that the tests need.
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { type Finished, run } from '../e2e/command.js';
import { temporaryFolder } from '../e2e/generated-project.js';
import { Registry } from '../e2e/registry.js';
import { type Installed, installManagers } from './managers.js';

const wanted = process.argv.slice(2).map((name) => name.toLowerCase());
const folder = temporaryFolder();
const registry = await Registry.start();
let failures = 0;

/** How each manager is told of the registry, and that what was published a moment ago may be installed. */
const environment = (manager: Installed): NodeJS.ProcessEnv => ({
  ...registry.environment,
  npm_config_registry: registry.url,
  pnpm_config_registry: registry.url,
  pnpm_config_minimum_release_age: '0',
  YARN_REGISTRY: registry.url,
  YARN_NPM_REGISTRY_SERVER: registry.url,
  YARN_UNSAFE_HTTP_WHITELIST: '127.0.0.1',
  YARN_NPM_MINIMAL_AGE_GATE: '0',
  YARN_ENABLE_GLOBAL_CACHE: 'false',
  // In a job of CI, Yarn 4 refuses to write the lock file of a new project.
  YARN_ENABLE_IMMUTABLE_INSTALLS: 'false',
  YARN_CACHE_FOLDER: join(folder, 'cache', manager.title),
  PATH: `${manager.bin}:${process.env.PATH}`,
});

async function journey(manager: Installed): Promise<void> {
  const { id } = manager;
  const env = environment(manager);
  const home = join(folder, 'projects', manager.title.replace(/\W+/g, '-').toLowerCase());
  const project = join(home, 'demo');
  mkdirSync(home, { recursive: true });
  const step = async (name: string, expected: RegExp, ...command: string[]) => {
    if (manager.without?.includes(name)) return;
    const [program = '', ...args] = command;
    const cwd = name === 'create' ? home : project;
    report(manager, name, command, expected, await run(program, args, cwd, env));
  };
  const script =
    id === 'npm' || id === 'bun' ? [id, 'run'] : id === 'pnpm' ? ['pnpm', 'run'] : ['yarn', 'run'];
  const exec = { npm: ['npx'], pnpm: ['pnpm', 'exec'], yarn: ['yarn', 'run'], bun: ['bunx'] }[id];
  const create = ['npx', '--yes', 'create-mproc-worker@latest', 'demo', '--yes', '--no-git', '--pm', id];
  await step('create', /Done/, ...create, manager.prepare ? '--no-install' : '--install');
  manager.prepare?.(project);
  await step('install', /./, id, 'install');
  await step('start', /5050/, ...script, 'start');
  await step('test', /passed/, ...script, 'test');
  await step('check', /no errors/, ...script, 'check');
  const add = [
    'create-mproc-worker',
    'add',
    'worker',
    'Lines',
    '--args',
    'string',
    '--result',
    'number',
    '--yes',
  ];
  await step('add', /lines\.worker\.ts/, ...exec, ...add);
  await step('build', /(?:)/, ...script, 'build');
}

function report(manager: Installed, name: string, command: string[], expected: RegExp, done: Finished): void {
  const ok = done.code === 0 && expected.test(done.output);
  console.log(`${ok ? 'ok  ' : 'FAIL'} ${manager.title}: ${name} (${command.join(' ')})`);
  if (ok) return;
  failures += 1;
  console.log(`exit code ${done.code}\n${done.output.trimEnd().split('\n').slice(-25).join('\n')}\n`);
}

try {
  await registry.publish('runtime');
  await registry.publish('.');
  mkdirSync(join(folder, 'managers'));
  for (const manager of await installManagers(join(folder, 'managers')))
    if (wanted.length === 0 || wanted.some((name) => manager.title.toLowerCase().includes(name)))
      await journey(manager);
} finally {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(failures === 0 ? 'every step works' : `${failures} steps failed`);
process.exitCode = failures === 0 ? 0 : 1;
