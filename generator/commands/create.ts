import { relative, resolve } from 'node:path';
import { packageNameOf } from '../answers/package-name.js';
import { commandLine } from '../answers/resolve.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { quoted } from '../output/shell.js';
import { makePlan } from '../plan/make-plan.js';
import { changesOf, type Plan } from '../plan/plan.js';
import { ownPackage } from '../project/own-package.js';
import {
  missingSettings,
  type PackageManager,
  packageManager,
  workspaceAround,
} from '../project/package-manager.js';
import { styleOf } from '../style/project-style.js';
import { needsRecovery } from '../writer/commit.js';
import { findSite, refuseForeignFolder, type Site, writeNewProject } from '../writer/new-project.js';
import { lookBelow } from '../writer/paths.js';
import { ofCommand } from './add.js';
import { carryOut, type Outcome, tell, tellNext } from './carry-out.js';
import type { Context } from './context.js';
import { CREATE_OPTIONS } from './create-options.js';
import { initRepository } from './git.js';
import { install } from './install.js';
import { type ProjectParts, projectParts } from './project-parts.js';

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
  // A project is of TypeScript, whatever else is in its folder.
  const parts = await projectParts(site.root, styleOf(site.root, 'typescript'), answers, manager);
  const outcome = write(context, site, () => planProject(context, site.root, answers, parts));
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

/** Nothing is written outside of the project. */
function tellWorkspace(context: Context, manager: PackageManager, root: string): void {
  const workspace = workspaceAround(root);
  const missing = workspace?.manager === manager ? missingSettings(workspace) : undefined;
  if (missing !== undefined)
    context.warn(`\nthe workspace has to be told; add to ${missing.file}:\n\n${missing.lines}`);
}

function planProject(context: Context, root: string, answers: Answers, parts: ProjectParts): Plan {
  const { added } = parts;
  return makePlan({
    command: commandLine(CREATE, ofCommand(CREATE, answers)),
    root,
    look: (path) => lookBelow(root, path),
    outputs: [...parts.outputs, ...added.flatMap(({ outputs }) => outputs)],
    packages: Object.assign({}, parts.packages, ...added.map(({ packages }) => packages)),
    force: context.force,
    generator: ownPackage().version,
    project: {
      template: String(answers.template),
      answers: {
        name: packageNameOf(root),
        template: templateFrom(root, answers),
        queue: String(answers.queue),
        ...(answers.strategy ? { strategy: String(answers.strategy) } : {}),
        pm: String(answers.pm),
      },
    },
    additions: added.map(({ addition }) => addition),
  });
}

/** A folder is found again from the project, by `update`. */
function templateFrom(root: string, answers: Answers): string {
  const typed = String(answers.template);
  if (!/^[./]/.test(typed)) return typed;
  const way = relative(root, resolve(String(answers.cwd ?? '.'), typed));
  return way.startsWith('.') ? way : `./${way}`;
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
