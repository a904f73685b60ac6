import { Lines, type Mutant } from './mutant.js';

/** `worker` is the file the listeners are bound in. */
export function listenerMutants(
  path: string,
  text: string,
  worker: { path: string; text: string },
): Mutant[] {
  const lines = new Lines(text);
  const mapLine = lines.first(/^export const \w+Listeners: Listeners</);
  const [entry] = lines.find(/^ {2}\[JobEvent\.\w+\]:/);
  const importLine = lines.first(/^import type \{ \w+ \} from '\.\.\/workers/);
  const bound = new Lines(worker.text);
  const binding = `${worker.path}:${bound.first(/static override readonly listeners/)}`;
  const imported = `${worker.path}:${bound.first(/listeners\.ts'/)}`;
  if (!entry) throw new Error(`${path} has no listener to change`);
  const key = (changed: string) =>
    lines.replace(entry.line, (line) => line.replace(/\[JobEvent\.\w+\]/, changed));
  const map = (change: (line: string) => string) => lines.replace(mapLine, change);
  const notFunction: Mutant = {
    name: 'not a function',
    path,
    text: lines.insertAfter(mapLine, "  'job.event.canceled': 42,"),
    at: [mapLine + 1],
    rules: ['typescript'],
  };
  return [
    ...(text.includes('Canceled') ? [] : [notFunction]),
    {
      name: 'event misspelled',
      path,
      text: key("'job.event.begin'"),
      at: [entry.line],
      rules: ['listener-event'],
    },
    { name: 'event unknown', path, text: key('[JobEvent.Begin]'), at: [entry.line], rules: ['typescript'] },
    {
      name: 'event cast',
      path,
      text: key("['job.event.done' as JobEvent]"),
      at: [entry.line],
      rules: ['listener-event'],
    },
    {
      name: 'event misspelled in a map without a type',
      path,
      text: untyped(key("'job.event.strat'"), mapLine),
      at: [entry.line],
      rules: ['listener-event'],
    },
    {
      name: 'worker that is not there',
      path,
      text: map((line) => line.replace(/<\w+>/, '<Missing>')),
      at: [mapLine],
      rules: ['typescript'],
    },
    {
      name: 'worker of another type',
      path,
      text: map((line) => line.replace(/<\w+>/, '<{ other: string }>')),
      at: [binding, mapLine],
      rules: ['listener-target'],
    },
    {
      name: 'import of the worker deleted',
      path,
      text: lines.without(importLine),
      at: [mapLine - 1],
      rules: ['typescript'],
    },
    {
      name: 'worker imported from nowhere',
      path,
      text: lines.replace(importLine, (line) => line.replace('.worker.ts', '.workers.ts')),
      at: [importLine],
      rules: ['typescript'],
    },
    {
      name: 'export lost',
      path,
      text: map((line) => line.replace('export ', '')),
      at: [imported],
      rules: ['typescript'],
    },
    {
      name: 'export renamed',
      path,
      text: map((line) => line.replace(/const (\w+):/, 'const renamed$1:')),
      at: [imported, mapLine],
      rules: ['typescript', 'listener-target'],
    },
    {
      name: 'three arguments',
      path,
      text: lines.insertAfter(mapLine, "  'job.event.canceled': (_a, _b, _c) => {},"),
      at: [mapLine + 1],
      rules: ['typescript'],
    },
    {
      name: 'a field the worker does not have',
      path,
      text: lines.insertAfter(
        mapLine,
        "  'job.event.canceled': (worker) => console.log(worker.mutantField),",
      ),
      at: [mapLine + 1],
      rules: ['typescript'],
    },
    {
      name: 'ends the process',
      path,
      text: lines.insertAfter(mapLine, "  'job.event.canceled': () => process.exit(1),"),
      at: [mapLine + 1],
      rules: ['no-process-control'],
    },
    {
      name: 'throws a string',
      path,
      text: lines.insertAfter(mapLine, "  'job.event.canceled': () => { throw 'mutant'; },"),
      at: [mapLine + 1],
      rules: ['throws-errors'],
    },
    {
      name: 'drops a promise',
      path,
      text: lines.insertAfter(mapLine, "  'job.event.canceled': () => { Promise.resolve(1); },"),
      at: [mapLine + 1],
      rules: ['no-floating-promise'],
    },
    unbind(path, mapLine, worker, bound),
  ];
}

function untyped(text: string, mapLine: number): string {
  return new Lines(text.replaceAll(/\((_?worker), event\)/g, '($1: any, event: any)')).replace(
    mapLine,
    (line) => line.replace(/: Listeners<\w+>/, ''),
  );
}

function unbind(path: string, mapLine: number, worker: { path: string }, bound: Lines): Mutant {
  return {
    name: 'unbound',
    path: worker.path,
    text: bound.without(bound.first(/static override readonly listeners/)),
    at: [`${path}:${mapLine}`],
    rules: ['listener-target'],
  };
}
