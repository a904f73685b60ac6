import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { commandLine } from '../answers/resolve.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec, OptionSpec } from '../cli/schema.js';
import { addDependencies, type Needs } from '../edits/package-json.js';
import { makePlan } from '../plan/make-plan.js';
import type { Addition } from '../plan/manifest.js';
import type { Output } from '../plan/output.js';
import { findTarget } from '../project/find-project.js';
import { missingDependencies, namesOf } from '../project/missing-dependencies.js';
import { ownPackage } from '../project/own-package.js';
import { packageManagerOf } from '../project/package-manager.js';
import { inStyle } from '../style/in-style.js';
import { type ProjectStyle, styleOf } from '../style/project-style.js';
import type { Rendering } from '../templates/generators.js';
import { keptOwn } from '../templates/kept-own.js';
import { templatesFor } from '../templates/own-templates.js';
import { lookBelow } from '../writer/paths.js';
import { STATE_GITIGNORE, STATE_GITIGNORE_TEXT } from '../writer/places.js';
import { carryOut, changesDependencies, type Outcome, tell, tellNext } from './carry-out.js';
import type { Context } from './context.js';
import { install } from './install.js';

/** What one `add` would leave in a project. */
export interface AddedParts {
  /** What the files are rendered from. */
  readonly rendering: Rendering;
  readonly outputs: readonly Output[];
  readonly addition: Addition;
  /** Packages that it names in package.json, and how. */
  readonly packages?: Readonly<Record<string, string>>;
}

export const INSTALL_OPTION: OptionSpec = {
  name: 'install',
  type: 'boolean',
  negatable: true,
  about: 'add packages that the project lacks, and install them (asked on a terminal)',
};

/** What was added, and what the project lacks for it. */
export interface AddOutcome extends Outcome {
  readonly missing: Needs;
}

/** Carries out an `add` in the project that the command was started in. */
export async function add(
  context: Context,
  command: CommandSpec,
  answers: Answers,
  parts: (root: string, style: ProjectStyle) => Promise<AddedParts>,
): Promise<AddOutcome> {
  const root = findTarget(context.cwd);
  const style = styleOf(root);
  const { outputs, addition, packages, rendering } = await parts(root, style);
  const kept = keptOwn(rendering, templatesFor(root), ownPackage().version);
  const lacking = missingDependencies(root, style.language);
  const isWanted = await wantsMissing(context, answers, lacking);
  const outcome = carryOut(context, () =>
    makePlan({
      command: commandLine(command, ofCommand(command, answers)),
      root,
      look: (path) => lookBelow(root, path),
      outputs: [...outputs, ...kept, ...(isWanted ? [dependencies(lacking)] : []), IGNORE],
      force: context.force,
      generator: ownPackage().version,
      additions: [addition],
      ...(packages ? { packages } : {}),
    }),
  );
  return { ...outcome, missing: isWanted ? { dependencies: {}, devDependencies: {} } : lacking };
}

const IGNORE: Output = {
  kind: 'file',
  path: STATE_GITIGNORE,
  contents: STATE_GITIGNORE_TEXT,
  existing: 'keep',
};

function dependencies(needs: Needs): Output {
  return { kind: 'edit', path: 'package.json', edit: (text) => addDependencies(text, needs) };
}

async function wantsMissing(context: Context, answers: Answers, lacking: Needs): Promise<boolean> {
  const names = namesOf(lacking);
  if (names.length === 0) return false;
  if (typeof answers.install === 'boolean') return answers.install;
  if (!context.interactive) return false;
  const { confirm } = await import('../answers/confirm.js');
  return confirm(`The project lacks ${names.join(', ')}. Add and install?`);
}

/** Tells what was added and installs what it needs. @returns the exit code */
export function concludeAdd(
  context: Context,
  answers: Answers,
  outcome: AddOutcome,
  nextSteps: readonly string[],
): number {
  const { plan, written, missing } = outcome;
  const manager = packageManagerOf(plan.root, context.environment);
  const needsInstall = written && changesDependencies(plan.files);
  const isInstalled = existsSync(join(plan.root, 'node_modules'));
  const installs = needsInstall && (answers.install ?? isInstalled) === true;
  const steps = [
    ...(needsInstall && !installs ? [manager.install.join(' ')] : []),
    ...manager
      .adding(missing)
      .map((line) => `${line}    (the project does not name it yet; --install does this)`),
    ...nextSteps,
  ];
  tell(context, outcome, steps);
  const code = installs ? install(context, plan.root, manager) : 0;
  tellNext(context, outcome, steps);
  return code;
}

/** Without the flags that every command has. */
export function ofCommand(command: CommandSpec, answers: Answers): Answers {
  const names = new Set(command.options.map((option) => option.name));
  return Object.fromEntries(
    Object.entries(answers).filter(([name, value]) => names.has(name) && value !== ''),
  );
}

/** Answers as the manifest keeps them. */
export function answerTexts(answers: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(answers).filter(([, value]) => value !== ''));
}

export async function fileOutputs(
  files: readonly { readonly path: string; readonly contents: string }[],
  style: ProjectStyle,
): Promise<Output[]> {
  return (await inStyle(files, style)).map((file) => ({ kind: 'file', ...file }));
}
