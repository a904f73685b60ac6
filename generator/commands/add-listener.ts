import { EVENTS, parseEvents } from '../answers/events.js';
import { parseName } from '../answers/names.js';
import { nearest } from '../answers/nearest.js';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { bindListener } from '../edits/bind-listener.js';
import { loadTsMorph } from '../edits/load-ts-morph.js';
import { shown, UsageError } from '../output/failure.js';
import { exportedClasses, type FoundClass } from '../project/classes.js';
import { importPath } from '../project/imports.js';
import { importOf, placeOf } from '../style/in-style.js';
import type { ProjectStyle } from '../style/project-style.js';
import { type Rendering, renderGenerator } from '../templates/generators.js';
import { templatesFor } from '../templates/own-templates.js';
import { type AddedParts, add, answerTexts, concludeAdd, fileOutputs, INSTALL_OPTION } from './add.js';
import type { Context } from './context.js';

export const ADD_LISTENER: CommandSpec = {
  words: ['add', 'listener'],
  about: 'adds listeners to a worker; they run in the process that runs the job',
  options: [
    {
      name: 'Name',
      type: 'string',
      positional: true,
      required: true,
      question: 'What are the listeners called?',
      example: 'Audit',
      about: 'the file and the constant are named after it',
      check: (value) => void listenerName(value),
    },
    {
      name: 'worker',
      type: 'string',
      required: true,
      placeholder: '<Worker>',
      question: 'Which worker do they listen to?',
      example: 'Sums',
      about: 'the class of the worker they are bound to',
    },
    {
      name: 'events',
      type: 'string',
      placeholder: '<start,retry,…>',
      question: 'Which events, separated by commas?',
      about: `which events (all): ${EVENTS.map((event) => event.key.toLowerCase()).join(', ')}`,
      example: 'start,failed',
      fallback: () => 'all',
      check: (value) => void parseEvents(value),
    },
    INSTALL_OPTION,
  ],
  examples: [
    'npx create-mproc-worker add listener Audit --worker Sums',
    'npx create-mproc-worker add listener Alarm --worker Sums --events retry,failed --dry-run',
  ],
  run: addListener,
};

/** `Audit` and `AuditListeners` are the same listeners. */
function listenerName(typed: string) {
  const shorter = typed.replace(/[-_]?listeners?$/i, '');
  return parseName('listener', shorter === '' ? typed : shorter);
}

async function addListener(context: Context, answers: Answers): Promise<number> {
  const outcome = await add(context, ADD_LISTENER, answers, (root, style) =>
    listenerParts(root, style, answers),
  );
  const path = outcome.plan.files.find((file) => /\.listeners\.\w+$/.test(file.path))?.path;
  return concludeAdd(context, answers, outcome, [`write what shall happen in ${path}`]);
}

export async function listenerParts(
  root: string,
  style: ProjectStyle,
  answers: Answers,
): Promise<AddedParts> {
  const named = listenerName(String(answers.Name));
  const events = parseEvents(String(answers.events));
  if (events.length === 0) throw new UsageError('ERR_EVENT', '--events: name at least one event, or all');
  const worker = findWorker(root, style, String(answers.worker));
  const path = `src/listeners/${named.folder}${named.kebab}.listeners.ts`;
  const rendering: Rendering = {
    generator: 'listener',
    variables: {
      ...named,
      worker: worker.name,
      workerModule: worker.path.slice(style.sourceFolder.length + 1),
      events,
      listeners: true,
    },
  };
  const files = await renderGenerator(rendering, templatesFor(root));
  const tsMorph = loadTsMorph(root);
  const binding = {
    worker: worker.name,
    listeners: `${named.camel}Listeners`,
    from: importOf(importPath(worker.path, placeOf(path, style)), style),
    modules: style.modules,
    formatter: style.formatter,
  };
  return {
    rendering,
    outputs: [
      ...(await fileOutputs(files, style)),
      { kind: 'edit', path: worker.path, edit: (text) => bindListener(tsMorph, worker.path, text, binding) },
    ],
    addition: {
      kind: 'listener',
      name: named.folder + named.name,
      answers: answerTexts({
        worker: worker.name,
        events: events.map((event) => event.key.toLowerCase()).join(','),
      }),
    },
  };
}

function findWorker(root: string, { sourceFolder }: ProjectStyle, typed: string): FoundClass {
  const isWorker = (found: FoundClass) =>
    found.path.startsWith(`${sourceFolder}/workers/`) || direct.has(found.path);
  const direct = new Set(exportedClasses(root, 'Worker').map((found) => found.path));
  const workers = exportedClasses(root).filter(isWorker);
  const named = workers.filter((worker) => worker.name === typed);
  const found = named.length > 0 ? named : workers.filter((worker) => worker.name === `${typed}Worker`);
  if (found.length === 1 && found[0]) return found[0];
  if (found.length > 1)
    throw new UsageError(
      'ERR_WORKER',
      `--worker: ${typed} is in ${found.map((worker) => worker.path).join(' and ')}; give one of them another name`,
    );
  const names = workers.map((worker) => worker.name);
  const near = nearest(typed, names);
  const known =
    names.length === 0
      ? 'there is none yet'
      : `there ${names.length === 1 ? 'is' : 'are'} ${names.join(', ')}`;
  const wayOut = near ? `did you mean ${near}?` : 'make it first: npx create-mproc-worker add worker <Name>';
  throw new UsageError(
    'ERR_WORKER',
    `--worker: ${shown(typed)} is no exported worker of this project, ${known}; ${wayOut}`,
  );
}
