import { EVENTS, parseEvents } from '../answers/events.js';
import { parseName } from '../answers/names.js';
import { parseTypeAnswer } from '../answers/type-text.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { shown, UsageError } from '../output/failure.js';
import { exportedClasses } from '../project/classes.js';
import { importStyle } from '../project/imports.js';
import { renderGenerator } from '../templates/generators.js';
import { type AddedParts, add, answerTexts, fileOutputs } from './add.js';
import { conclude } from './carry-out.js';
import type { Context } from './context.js';

export const ADD_WORKER: CommandSpec = {
  words: ['add', 'worker'],
  about: 'adds a worker: a class whose process() runs in processes of its own',
  options: [
    {
      name: 'Name',
      type: 'string',
      positional: true,
      required: true,
      question: 'What is the worker called?',
      example: 'OrderMail',
      about: 'its class; the file is named after it',
      check: (value) => void parseName('worker', value),
    },
    {
      name: 'args',
      type: 'string',
      placeholder: '<type>',
      question: 'What does process() take, as a TypeScript type?',
      about: 'the type that process() takes (number)',
      example: 'number[]',
      fallback: () => 'number',
      check: (value) => void parseTypeAnswer('--args', value),
    },
    {
      name: 'result',
      type: 'string',
      placeholder: '<type>',
      question: 'What does process() return, as a TypeScript type?',
      about: 'the type that process() returns (number)',
      example: 'number',
      fallback: () => 'number',
      check: (value) => void parseTypeAnswer('--result', value),
    },
    {
      name: 'events',
      type: 'string',
      placeholder: '<start,retry,…>',
      about: `makes listeners for these events, in the process of the job: ${EVENTS.map((e) => e.key.toLowerCase()).join(', ')}, all`,
      example: 'start,failed',
      check: (value) => void parseEvents(value),
    },
    {
      name: 'strategy',
      type: 'string',
      placeholder: '<Name>',
      about: 'a retry strategy of src/strategies that the worker begins with',
      example: 'Patient',
    },
  ],
  examples: [
    'npx create-mproc-worker add worker Sums --args "number[]" --result number',
    'npx create-mproc-worker add worker Thumbnail --args "{ file: string; width: number }" --result Uint8Array --events start,failed',
    'npx create-mproc-worker add worker Mail --args string --result boolean --strategy Patient --dry-run',
  ],
  run: addWorker,
};

async function addWorker(context: Context, answers: Answers): Promise<number> {
  const outcome = await add(context, ADD_WORKER, answers, (root) => workerParts(root, answers));
  const name = parseName('worker', String(answers.Name)).name;
  conclude(context, outcome, [
    `write process() in ${outcome.plan.files.find((file) => file.path.endsWith('.worker.ts'))?.path}`,
    `use it: await pool.map(new ${name}(), […])`,
  ]);
  return 0;
}

async function workerParts(root: string, answers: Answers): Promise<AddedParts> {
  const named = parseName('worker', String(answers.Name));
  const args = parseTypeAnswer('--args', String(answers.args));
  const result = parseTypeAnswer('--result', String(answers.result));
  const events = parseEvents(String(answers.events ?? ''));
  const strategy = strategyAnswer(root, answers.strategy);
  const path = `src/workers/${named.kebab}.worker.ts`;
  refuseTwin(root, named.name, path);
  const files = await renderGenerator('worker', {
    ...named,
    worker: named.name,
    workerModule: `workers/${named.kebab}.worker.ts`,
    args: args.text,
    argsSample: args.sample,
    result: result.text,
    resultSample: result.sample,
    echoes: args.text === result.text,
    events,
    listeners: events.length > 0,
    strategy: strategy?.name ?? '',
    strategyKebab: strategy?.kebab ?? '',
  });
  return {
    outputs: fileOutputs(files, importStyle(root)),
    addition: {
      kind: 'worker',
      name: named.name,
      answers: answerTexts({
        args: args.text,
        result: result.text,
        events: events.map((event) => event.key.toLowerCase()).join(','),
        strategy: strategy?.name ?? '',
      }),
    },
  };
}

function strategyAnswer(root: string, typed: unknown) {
  if (typeof typed !== 'string' || typed === '') return undefined;
  const strategy = parseName('strategy', typed);
  const path = `src/strategies/${strategy.kebab}.strategy.ts`;
  if (exportedClasses(root).some((found) => found.path === path && found.name === strategy.name))
    return strategy;
  throw new UsageError(
    'ERR_STRATEGY',
    `--strategy: there is no ${shown(strategy.name)} in ${path}; make it first: npx create-mproc-worker add strategy ${strategy.name}`,
  );
}

/** Workers are found by their name alone, so it may be there once. */
function refuseTwin(root: string, name: string, path: string): void {
  const twin = exportedClasses(root, 'Worker').find((found) => found.name === name && found.path !== path);
  if (twin)
    throw new UsageError(
      'ERR_TWIN',
      `there is a worker ${name} in ${twin.path} already; choose another name`,
    );
}
