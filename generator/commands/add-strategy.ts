import { parseName } from '../answers/names.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { importStyle } from '../project/imports.js';
import { renderGenerator } from '../templates/generators.js';
import { add, fileOutputs } from './add.js';
import { conclude } from './carry-out.js';
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
  ],
  examples: [
    'npx create-mproc-worker add strategy Patient',
    'npx create-mproc-worker add worker Mail --args string --result boolean --strategy Patient',
  ],
  run: addStrategy,
};

async function addStrategy(context: Context, answers: Answers): Promise<number> {
  const named = parseName('strategy', String(answers.Name));
  const outcome = await add(context, ADD_STRATEGY, answers, async (root) => ({
    outputs: fileOutputs(await renderGenerator('strategy', { ...named }), importStyle(root)),
    addition: { kind: 'strategy', name: named.name, answers: {} },
  }));
  conclude(context, outcome, [
    `write decide() in src/strategies/${named.kebab}.strategy.ts, and its decisions into the table of its test`,
    `use it: worker.retryStrategy = new ${named.name}()`,
  ]);
  return 0;
}
