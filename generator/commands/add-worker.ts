import { EVENTS, parseEvents } from '../answers/events.js';
import { parseName } from '../answers/names.js';
import { isReservedWord, isTakenName } from '../answers/reserved.js';
import { checkTypeAnswer } from '../answers/type-text.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { shown, UsageError } from '../output/failure.js';
import { exportedClasses } from '../project/classes.js';
import { functionSource } from '../project/function-source.js';
import { resolveType } from '../project/resolve-type.js';
import { placeOf } from '../style/in-style.js';
import type { ProjectStyle } from '../style/project-style.js';
import { type Rendering, renderGenerator } from '../templates/generators.js';
import { templatesFor } from '../templates/own-templates.js';
import { type AddedParts, add, answerTexts, concludeAdd, fileOutputs, INSTALL_OPTION } from './add.js';
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
      check: (value) => checkTypeAnswer('--args', value),
    },
    {
      name: 'result',
      type: 'string',
      placeholder: '<type>',
      question: 'What does process() return, as a TypeScript type?',
      about: 'the type that process() returns (number)',
      example: 'number',
      fallback: () => 'number',
      check: (value) => checkTypeAnswer('--result', value),
    },
    {
      name: 'function',
      type: 'boolean',
      about: 'makes a function (defineWorker) in place of a class',
    },
    {
      name: 'from',
      type: 'string',
      placeholder: '<file#export>',
      about: 'makes a worker of a function that the project has',
      example: 'src/resize.ts#resize',
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
    INSTALL_OPTION,
  ],
  examples: [
    'npx create-mproc-worker add worker Sums --args "number[]" --result number',
    'npx create-mproc-worker add worker Thumbnail --args "{ file: string; width: number }" --result Uint8Array --events start,failed',
    'npx create-mproc-worker add worker Mail --args string --result boolean --strategy Patient --dry-run',
    'npx create-mproc-worker add worker resize --function --args string --result Uint8Array',
    'npx create-mproc-worker add worker resize --from src/resize.ts#resize',
  ],
  run: addWorker,
};

async function addWorker(context: Context, answers: Answers): Promise<number> {
  const outcome = await add(context, ADD_WORKER, answers, (root, style) => workerParts(root, style, answers));
  const { name, camel } = parseName('worker', String(answers.Name));
  const form = formOf(answers);
  const path = outcome.plan.files.find((file) => /\.worker\.\w+$/.test(file.path))?.path;
  return concludeAdd(context, answers, outcome, [
    ...(form === 'from' ? [] : [`write ${form === 'class' ? 'process()' : `${camel}()`} in ${path}`]),
    `use it: await pool.map(${form === 'class' ? `new ${name}()` : camel}, […])`,
  ]);
}

export async function workerParts(root: string, style: ProjectStyle, answers: Answers): Promise<AddedParts> {
  const named = parseName('worker', String(answers.Name));
  const form = formOf(answers);
  if (form !== 'class') mustBeFunctionName(named.camel);
  const events = parseEvents(String(answers.events ?? ''));
  const strategy = strategyAnswer(root, style, answers.strategy);
  const path = `src/workers/${named.kebab}.worker.ts`;
  const args = resolveType(root, path, '--args', String(answers.args));
  const result = resolveType(root, path, '--result', String(answers.result));
  refuseTwin(root, named.name, placeOf(`src/workers/${named.folder}${named.kebab}.worker.ts`, style));
  if (form !== 'class' && events.length > 0) throw withoutListeners();
  const source = form === 'from' ? functionSource(root, path, String(answers.from)) : undefined;
  const rendering: Rendering = {
    generator: 'worker',
    variables: {
      ...named,
      worker: named.name,
      workerModule: `workers/${named.kebab}.worker.ts`,
      imports: form === 'from' ? [] : [...new Set([...args.imports, ...result.imports])],
      args: args.text,
      argsSample: source?.argsSample ?? args.sample,
      form,
      importLine: source?.importLine ?? '',
      call: source?.call ?? '',
      exported: source?.exported ?? '',
      sourcePath: source?.path ?? '',
      result: result.text,
      resultSample: result.sample,
      echoes: args.text === result.text,
      events,
      listeners: events.length > 0,
      strategy: strategy?.name ?? '',
      strategyKebab: strategy?.kebab ?? '',
    },
  };
  return {
    rendering,
    outputs: await fileOutputs(await renderGenerator(rendering, templatesFor(root)), style),
    addition: {
      kind: 'worker',
      name: named.folder + named.name,
      answers: answerTexts({
        ...(source === undefined ? { args: args.text, result: result.text } : { from: String(answers.from) }),
        function: form === 'function' ? 'true' : '',
        events: events.map((event) => event.key.toLowerCase()).join(','),
        strategy: strategy?.name ?? '',
      }),
    },
  };
}

type Form = 'class' | 'function' | 'from';

function formOf(answers: Answers): Form {
  if (typeof answers.from === 'string' && answers.from !== '') return 'from';
  return answers.function === true ? 'function' : 'class';
}

function mustBeFunctionName(name: string): void {
  if (isReservedWord(name) || isTakenName(name))
    throw new UsageError('ERR_NAME', `a function cannot be called ${name}; choose another name`);
}

function withoutListeners(): UsageError {
  return new UsageError(
    'ERR_EVENTS',
    'add worker makes listeners of a class alone; a function has the option `listeners` of defineWorker. Leave --events out',
  );
}

function strategyAnswer(root: string, style: ProjectStyle, typed: unknown) {
  if (typeof typed !== 'string' || typed === '') return undefined;
  const { name } = parseName('strategy', typed);
  const folder = `${style.sourceFolder}/strategies/`;
  const found = exportedClasses(root).find((one) => one.path.startsWith(folder) && one.name === name);
  const stem = found && /^(.*)\.strategy\.\w+$/.exec(found.path.slice(folder.length))?.[1];
  if (stem !== undefined) return { name, kebab: stem };
  throw new UsageError(
    'ERR_STRATEGY',
    `--strategy: there is no ${shown(name)} in ${folder}; make it first: npx create-mproc-worker add strategy ${name}`,
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
