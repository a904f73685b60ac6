import { resolve } from 'node:path';
import { queueName } from '../answers/names.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { addDependencies } from '../edits/package-json.js';
import type { Output } from '../plan/output.js';
import { importPath } from '../project/imports.js';
import { packageManagerOf } from '../project/package-manager.js';
import { importOf } from '../style/in-style.js';
import type { ProjectStyle } from '../style/project-style.js';
import { queueEngines } from '../templates/engines.js';
import { type Rendering, renderGenerator } from '../templates/generators.js';
import { ownEngines, templatesFor } from '../templates/own-templates.js';
import { needsOf } from '../templates/tree.js';
import { type AddedParts, add, concludeAdd, fileOutputs, INSTALL_OPTION } from './add.js';
import type { Context } from './context.js';

export const ADD_QUEUE: CommandSpec = {
  words: ['add', 'queue'],
  about: 'adds a queue over an engine, with the test kit that every queue passes',
  options: [
    {
      name: 'Name',
      type: 'string',
      positional: true,
      required: true,
      question: 'What is the queue called?',
      example: 'Orders',
      about: 'the class is <Name>Queue',
      check: (value) => void queueName(value),
    },
    {
      name: 'engine',
      type: 'string',
      required: true,
      placeholder: '<engine>',
      question: 'What keeps the jobs?',
      example: 'sqlite',
      about: 'what keeps the jobs',
      choices: () => queueEngines().map((value) => ({ value })),
      others: (value, { cwd }) => ownEngines(resolve(String(cwd ?? '.'))).includes(value),
    },
    {
      ...INSTALL_OPTION,
      about: "install the engine's client and what the project lacks (yes, if the project is installed)",
    },
  ],
  examples: [
    'npx create-mproc-worker add queue Orders --engine sqlite',
    'npx create-mproc-worker add queue Local --engine shared-memory',
    'npx create-mproc-worker add queue Own --engine blank --dry-run',
  ],
  run: addQueue,
};

async function addQueue(context: Context, answers: Answers): Promise<number> {
  let style: ProjectStyle | undefined;
  const outcome = await add(context, ADD_QUEUE, answers, (root, found) => {
    style = found;
    return queueParts(root, found, answers);
  });
  const { plan } = outcome;
  const { camel } = queueName(String(answers.Name));
  const compose = composeOf(plan.files);
  const path = plan.files.find((file) => /\.queue\.\w+$/.test(file.path))?.path ?? '';
  const from = importPath(`${style?.sourceFolder}/main.ts`, path);
  return concludeAdd(context, answers, outcome, [
    `import { ${camel}Queue } from '${style ? importOf(from, style) : from}'; and new ProcessPool({ queues: ${camel}Queue })`,
    `${packageManagerOf(plan.root, context.environment).test} runs the kit on it`,
    ...(compose ? [`docker compose -f ${compose.path} up -d starts its server on this machine`] : []),
    ...(compose?.setting ? [`${compose.setting} in the environment says where it is`] : []),
  ]);
}

export async function queueParts(root: string, style: ProjectStyle, answers: Answers): Promise<AddedParts> {
  const engine = String(answers.engine);
  const named = queueName(String(answers.Name));
  return {
    rendering: queueRendering(engine, named),
    outputs: await queueOutputs(root, engine, named, style),
    addition: { kind: 'queue', name: named.folder + named.name, answers: { engine } },
    packages: {
      ...needsOf(`queue/${engine}`, root).dependencies,
      ...needsOf(`queue/${engine}`, root).devDependencies,
    },
  };
}

type Contents = string | Buffer | undefined;

/** The file that starts the engine's server, where it has one, and the setting that leads to it, which it tells. */
export function composeOf(
  files: readonly { readonly path: string; readonly contents?: Contents }[],
): { readonly path: string; readonly setting: string | undefined } | undefined {
  const file = files.find(({ path }) => /^compose\.[\w-]+\.yaml$/.test(path));
  if (file === undefined) return undefined;
  const [, setting] = /^# ([A-Z_]+=\S+)$/m.exec(String(file.contents)) ?? [];
  return { path: file.path, setting };
}

function queueRendering(engine: string, named: ReturnType<typeof queueName>): Rendering {
  return { generator: 'queue', variables: { ...named, engine } };
}

/** The files of a queue, and what its client adds to package.json. */
async function queueOutputs(
  root: string,
  engine: string,
  named: ReturnType<typeof queueName>,
  style: ProjectStyle,
): Promise<Output[]> {
  const files = await renderGenerator(queueRendering(engine, named), templatesFor(root));
  const needs = needsOf(`queue/${engine}`, root);
  const isClientNeeded = [needs.dependencies, needs.devDependencies].some(
    (kind) => Object.keys(kind).length > 0,
  );
  if (!isClientNeeded) return await fileOutputs(files, style);
  return [
    ...(await fileOutputs(files, style)),
    { kind: 'edit', path: 'package.json', edit: (text) => addDependencies(text, needs) },
  ];
}
