import { relative } from 'node:path';
import { pascal } from '../answers/case.js';
import { packageNameOf } from '../answers/package-name.js';
import { commandLine } from '../answers/resolve.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { quoted } from '../output/shell.js';
import { makePlan } from '../plan/make-plan.js';
import type { FileOutput, Output } from '../plan/output.js';
import { changesOf, type Plan } from '../plan/plan.js';
import { ownPackage } from '../project/own-package.js';
import {
  missingSettings,
  type PackageManager,
  packageManager,
  workspaceAround,
} from '../project/package-manager.js';
import { renderGenerator } from '../templates/generators.js';
import { needsRecovery } from '../writer/commit.js';
import { findSite, refuseForeignFolder, type Site, writeNewProject } from '../writer/new-project.js';
import { lookBelow } from '../writer/paths.js';
import { STATE_GITIGNORE, STATE_GITIGNORE_TEXT } from '../writer/places.js';
import { ofCommand } from './add.js';
import { composeOf, queueName, queueOutputs } from './add-queue.js';
import { carryOut, type Outcome, tell, tellNext } from './carry-out.js';
import type { Context } from './context.js';
import { CREATE_OPTIONS } from './create-options.js';
import { initRepository } from './git.js';
import { install } from './install.js';

export const CREATE: CommandSpec = {
  words: [],
  about: 'makes a TypeScript project whose workers run in processes over shared memory',
  options: CREATE_OPTIONS,

  examples: [
    'npx create-mproc-worker my-project',
    'npx create-mproc-worker my-project --template files --queue sqlite --yes --install',
    'npm create mproc-worker@latest my-project -- --template crawler --yes',
    'npx create-mproc-worker my-project --yes --dry-run',
  ],
  run: create,
};

async function create(context: Context, answers: Answers): Promise<number> {
  const site = findSite(String(answers.dir), context.cwd);
  if (site.exists && !context.force && !needsRecovery(site.root))
    refuseForeignFolder(site.root, String(answers.dir));
  const manager = packageManager(String(answers.pm));
  const outputs = await projectOutputs(site, answers, manager);
  const outcome = write(context, site, () => planProject(context, site.root, answers, outputs));
  const wantsInstall = answers.install === true;
  const steps = nextSteps(site.root, manager, wantsInstall);
  tell(context, outcome, steps);
  if (!outcome.written) return 0;
  tellWorkspace(context, manager, site.root);
  // The lock file belongs into the first commit.
  const code = wantsInstall ? install(context, site.root, manager) : 0;
  if (answers.git !== false) initRepository(context, site.root);
  tellNext(context, outcome, steps);
  return code;
}

function write(context: Context, site: Site, plan: () => Plan): Outcome {
  if (site.exists || context.dryRun) return carryOut(context, plan);
  const first = plan();
  const files = changesOf(first).map((file) => [file.path, file.contents ?? Buffer.alloc(0)] as const);
  if (writeNewProject(site.root, new Map(files))) return { plan: first, written: true };
  // Another run was quicker; what it made is looked at like any other folder.
  return carryOut(context, plan);
}

async function projectOutputs(site: Site, answers: Answers, manager: PackageManager): Promise<Output[]> {
  const own = ownPackage();
  const name = packageNameOf(site.root);
  const engine = String(answers.queue);
  const queue = queueName('Jobs');
  const ofQueue = engine === 'none' ? [] : await queueOutputs(engine, queue, (text) => text);
  const files = await renderGenerator('project', {
    name,
    title: pascal(name).replace(/([a-z0-9])([A-Z])/g, '$1 $2'),
    template: answers.template,
    queue: engine,
    queueModule: `./queues/${queue.kebab}.queue.ts`,
    queueFactory: `${queue.camel}Queue`,
    queueCompose: composeOf(ofQueue.filter((output) => output.kind === 'file'))?.path ?? '',
    pm: manager.id,
    run: manager.run,
    exec: manager.exec,
    start: manager.start,
    test: manager.test,
    runtimeSpec: answers.runtime ?? own.runtimeSpec,
    generatorSpec: own.generatorSpec,
    versions: own.versions,
  });
  return [
    ...files.map((file): FileOutput => ({ kind: 'file', ...file, existing: existingOf(file.path) })),
    ...settingsOf(manager, site.root),
    { kind: 'file', path: STATE_GITIGNORE, contents: STATE_GITIGNORE_TEXT, existing: 'keep' },
    ...ofQueue,
  ];
}

/** Nothing is written outside of the project. */
function tellWorkspace(context: Context, manager: PackageManager, root: string): void {
  const workspace = workspaceAround(root);
  const missing = workspace?.manager === manager ? missingSettings(workspace) : undefined;
  if (missing !== undefined)
    context.warn(`\nthe workspace has to be told; add to ${missing.file}:\n\n${missing.lines}`);
}

/** Not inside a workspace: its root has the settings of all its packages. */
function settingsOf({ settings = {} }: PackageManager, root: string): Output[] {
  if (workspaceAround(root) !== undefined) return [];
  return Object.entries(settings).map(([path, text]) => ({
    kind: 'file',
    path,
    contents: text,
    existing: 'keep',
  }));
}

/** A folder with a README and a .gitignore in it is one to make a project in, not one to refuse. */
function existingOf(path: string): 'refuse' | 'keep' | 'complete' {
  if (path === '.gitignore') return 'complete';
  return /^(README|LICENSE)(\.\w+)?$/i.test(path) ? 'keep' : 'refuse';
}

function planProject(context: Context, root: string, answers: Answers, outputs: readonly Output[]): Plan {
  const engine = String(answers.queue);
  return makePlan({
    command: commandLine(CREATE, ofCommand(CREATE, answers)),
    root,
    look: (path) => lookBelow(root, path),
    outputs,
    force: context.force,
    generator: ownPackage().version,
    project: {
      template: String(answers.template),
      answers: {
        name: packageNameOf(root),
        template: String(answers.template),
        queue: engine,
        pm: String(answers.pm),
      },
    },
    ...(engine === 'none' ? {} : { addition: { kind: 'queue', name: 'Jobs', answers: { engine } } }),
  });
}

function nextSteps(root: string, manager: PackageManager, installs: boolean): string[] {
  const place = relative(process.cwd(), root);
  return [
    ...(place === '' ? [] : [`cd ${quoted(place)}`]),
    ...(installs ? [] : [manager.install.join(' ')]),
    manager.start,
    manager.test,
  ];
}
