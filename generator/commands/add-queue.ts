import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseName } from '../answers/names.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { addDependencies } from '../edits/package-json.js';
import type { Output } from '../plan/output.js';
import { importPath, importStyle } from '../project/imports.js';
import { packageManagerOf } from '../project/package-manager.js';
import { queueEngines } from '../templates/engines.js';
import { renderGenerator } from '../templates/generators.js';
import { needsOf } from '../templates/tree.js';
import { type AddedParts, add, fileOutputs } from './add.js';
import { changesDependencies, tell, tellNext } from './carry-out.js';
import type { Context } from './context.js';
import { install } from './install.js';

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
    },
    {
      name: 'install',
      type: 'boolean',
      negatable: true,
      about: "install the engine's client (yes, if the project is installed)",
    },
  ],
  examples: [
    'npx create-mproc-worker add queue Orders --engine sqlite',
    'npx create-mproc-worker add queue Local --engine shared-memory',
    'npx create-mproc-worker add queue Own --engine blank --dry-run',
  ],
  run: addQueue,
};

/** `Orders` and `OrdersQueue` are the same queue. */
export function queueName(typed: string) {
  return parseName('queue', typed.length > 5 ? typed.replace(/[-_]?queue$/i, '') : typed);
}

async function addQueue(context: Context, answers: Answers): Promise<number> {
  const outcome = await add(context, ADD_QUEUE, answers, (root) => queueParts(root, answers));
  const { plan, written } = outcome;
  const { camel, kebab } = queueName(String(answers.Name));
  const manager = packageManagerOf(plan.root, context.environment);
  const needsInstall = written && changesDependencies(plan.files);
  const installs = needsInstall && (answers.install ?? existsSync(join(plan.root, 'node_modules'))) === true;
  const compose = composeOf(plan.files);
  const steps = [
    ...(needsInstall && !installs ? [manager.install.join(' ')] : []),
    `import { ${camel}Queue } from '${importPath(plan.root, 'src/main.ts', `src/queues/${kebab}.queue.ts`)}'; and new ProcessPool({ queues: ${camel}Queue })`,
    `${manager.test} runs the kit on it`,
    ...(compose ? [`docker compose -f ${compose.path} up -d starts its server on this machine`] : []),
    ...(compose?.setting ? [`${compose.setting} in the environment says where it is`] : []),
  ];
  tell(context, outcome, steps);
  const code = installs ? install(context, plan.root, manager) : 0;
  tellNext(context, outcome, steps);
  return code;
}

async function queueParts(root: string, answers: Answers): Promise<AddedParts> {
  const engine = String(answers.engine);
  const named = queueName(String(answers.Name));
  return {
    outputs: await queueOutputs(engine, named, importStyle(root)),
    addition: { kind: 'queue', name: named.name, answers: { engine } },
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

/** The files of a queue, and what its client adds to package.json. */
export async function queueOutputs(
  engine: string,
  named: ReturnType<typeof queueName>,
  importing: (text: string) => string,
): Promise<Output[]> {
  const files = await renderGenerator('queue', { ...named, engine });
  const needs = needsOf(`queue/${engine}`);
  const isClientNeeded = [needs.dependencies, needs.devDependencies].some(
    (kind) => Object.keys(kind).length > 0,
  );
  if (!isClientNeeded) return fileOutputs(files, importing);
  return [
    ...fileOutputs(files, importing),
    { kind: 'edit', path: 'package.json', edit: (text) => addDependencies(text, needs) },
  ];
}
