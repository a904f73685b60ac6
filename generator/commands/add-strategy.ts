import { parseName } from '../answers/names.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import type { ProjectStyle } from '../style/project-style.js';
import { type Rendering, renderGenerator } from '../templates/generators.js';
import { templatesFor } from '../templates/own-templates.js';
import { type AddedParts, add, concludeAdd, fileOutputs, INSTALL_OPTION } from './add.js';
import type { Context } from './context.js';

export const ADD_STRATEGY: CommandSpec = {
  words: ['add', 'strategy'],
  about: 'adds a retry strategy: a pure function from a failure to what follows',
  options: [
    {
      name: 'Name',
      type: 'string',
      positional: true,
      required: true,
      question: 'What is the strategy called?',
      example: 'Patient',
      about: 'its class; the file is named after it',
      check: (value) => void parseName('strategy', value),
    },
    INSTALL_OPTION,
  ],
  examples: [
    'npx create-mproc-worker add strategy Patient',
    'npx create-mproc-worker add worker Mail --args string --result boolean --strategy Patient',
  ],
  run: addStrategy,
};

async function addStrategy(context: Context, answers: Answers): Promise<number> {
  const named = parseName('strategy', String(answers.Name));
  const outcome = await add(context, ADD_STRATEGY, answers, (root, style) =>
    strategyParts(root, style, answers),
  );
  const path = outcome.plan.files.find((file) => /\.strategy\.\w+$/.test(file.path))?.path;
  return concludeAdd(context, answers, outcome, [
    `write decide() in ${path}, and its decisions into the table of its test`,
    `use it: worker.retryStrategy = new ${named.name}()`,
  ]);
}

export async function strategyParts(
  root: string,
  style: ProjectStyle,
  answers: Answers,
): Promise<AddedParts> {
  const named = parseName('strategy', String(answers.Name));
  const rendering: Rendering = { generator: 'strategy', variables: { ...named } };
  return {
    rendering,
    outputs: await fileOutputs(await renderGenerator(rendering, templatesFor(root)), style),
    addition: { kind: 'strategy', name: named.folder + named.name, answers: {} },
  };
}
