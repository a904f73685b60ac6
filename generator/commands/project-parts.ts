import { resolve } from 'node:path';
import { pascal } from '../answers/case.js';
import { parseName, queueName } from '../answers/names.js';
import { packageNameOf } from '../answers/package-name.js';
import type { Answers } from '../cli/answers.js';
import { mergePackageJson } from '../edits/package-json.js';
import { completeLines } from '../plan/complete-lines.js';
import type { FileOutput, Output } from '../plan/output.js';
import { ownPackage } from '../project/own-package.js';
import { type PackageManager, workspaceAround } from '../project/package-manager.js';
import { inStyle } from '../style/in-style.js';
import type { ProjectStyle } from '../style/project-style.js';
import { type Rendering, renderGenerator } from '../templates/generators.js';
import { keptOwn } from '../templates/kept-own.js';
import { templatesFor } from '../templates/own-templates.js';
import { isOwnTemplate, OWN_PLACE, ownTemplate } from '../templates/project-template.js';
import { STATE_GITIGNORE, STATE_GITIGNORE_TEXT } from '../writer/places.js';
import type { AddedParts } from './add.js';
import { composeOf, queueParts } from './add-queue.js';
import { strategyParts } from './add-strategy.js';

/** What a new project consists of. */
export interface ProjectParts {
  readonly rendering: Rendering;
  readonly outputs: readonly Output[];
  /** Packages that its package.json names, and how. */
  readonly packages: Readonly<Record<string, string>>;
  /** The queue and the strategy that it begins with, as `add` makes them. */
  readonly added: readonly AddedParts[];
}

const QUEUE = 'Jobs';

export async function projectParts(
  root: string,
  style: ProjectStyle,
  answers: Answers,
  manager: PackageManager,
): Promise<ProjectParts> {
  const template = String(answers.template);
  const cwd = resolve(String(answers.cwd ?? '.'));
  const added = await addedParts(root, style, answers);
  const rendering = projectRendering(root, style, answers, manager, added);
  const more = isOwnTemplate(template) ? [ownTemplate(template, cwd, ownPackage().version)] : [];
  const source = templatesFor(root, ...more);
  const files = await renderGenerator(rendering, source);
  return {
    rendering,
    packages: packagesOf(files.find(({ path }) => path === 'package.json')?.contents),
    added,
    outputs: [
      ...(await inStyle(files, style)).map(
        (file): FileOutput => ({ kind: 'file', ...file, existing: existingOf(file.path, file.contents) }),
      ),
      ...keptOwn(rendering, source, ownPackage().version),
      ...settingsOf(manager, root),
      { kind: 'file', path: STATE_GITIGNORE, contents: STATE_GITIGNORE_TEXT, existing: 'keep' },
    ],
  };
}

async function addedParts(root: string, style: ProjectStyle, answers: Answers): Promise<AddedParts[]> {
  const { queue: engine, strategy } = answers;
  return [
    ...(engine === 'none' ? [] : [await queueParts(root, style, { Name: QUEUE, engine })]),
    ...(strategy ? [await strategyParts(root, style, { Name: strategy })] : []),
  ];
}

function projectRendering(
  root: string,
  style: ProjectStyle,
  answers: Answers,
  manager: PackageManager,
  added: readonly AddedParts[],
): Rendering {
  const own = ownPackage();
  const name = packageNameOf(root);
  const engine = String(answers.queue);
  const queue = queueName(QUEUE);
  const strategy = answers.strategy ? parseName('strategy', String(answers.strategy)) : undefined;
  const files = added.flatMap(({ outputs }) => outputs).filter((output) => output.kind === 'file');
  return {
    generator: 'project',
    variables: {
      name,
      title: pascal(name).replace(/([a-z0-9])([A-Z])/g, '$1 $2'),
      template: answers.template,
      ...(isOwnTemplate(String(answers.template)) ? { place: OWN_PLACE } : {}),
      queue: engine,
      queueModule: `./queues/${queue.kebab}.queue.ts`,
      queueFactory: `${queue.camel}Queue`,
      queueCompose: composeOf(files)?.path ?? '',
      // A team's own template says by itself what its hosts serve.
      host: engine !== 'none' && !isOwnTemplate(String(answers.template)),
      strategy: strategy?.name ?? '',
      // A host makes workers of their own by the class, and knows none of main.ts.
      strategyIn: strategy === undefined ? '' : engine === 'none' ? 'main' : 'class',
      strategyModule: strategy ? `strategies/${strategy.folder}${strategy.kebab}.strategy.ts` : '',
      commonjs: style.modules === 'commonjs',
      pm: manager.id,
      run: manager.run,
      exec: manager.exec,
      start: manager.start,
      test: manager.test,
      runtimeSpec: answers.runtime ?? own.runtimeSpec,
      generatorSpec: own.generatorSpec,
      versions: own.versions,
    },
  };
}

function packagesOf(text: string | undefined): Record<string, string> {
  const manifest = JSON.parse(text ?? '{}') as Record<string, Record<string, string> | undefined>;
  return { ...manifest.dependencies, ...manifest.devDependencies };
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
function existingOf(path: string, contents: string): NonNullable<FileOutput['existing']> {
  if (path === '.gitignore') return (text) => completeLines(text, contents);
  if (path === 'package.json') return (text) => mergePackageJson(text, contents);
  const isSetting = /^(README|LICENSE|tsconfig|vitest\.config|plopfile)(\.\w+)?$/i.test(path);
  return isSetting ? 'keep' : 'refuse';
}
