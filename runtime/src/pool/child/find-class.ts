import { MprocError } from '../../errors/errors.js';
import { classText } from '../../worker/class-text.js';
import type { WorkerClass } from '../../worker/worker.js';
import type { WorkerPlace } from '../protocol.js';
import { findFunction } from './find-function.js';

type Exports = Record<string, unknown>;

/**
 * The class of a task among what its module exports. Where a bundler or minifier has given classes and exports other names,
 * it is the one whose text is that of the parent's class; one of that name but of another text may be a stranger.
 * @throws MprocError `ERR_WORKER_NOT_FOUND`
 */
export function findClass(exported: Exports, task: WorkerPlace): WorkerClass {
  if (task.place !== undefined) return findFunction(exported, task, task.place);
  const { exportName: name } = task;
  const named = exported[name] ?? fromDefault(exported, name);
  if (typeof named === 'function' && classText(named) === task.classText) return named as WorkerClass;
  const classes = classesIn(exported);
  const found =
    onlyOne(classes.filter((one) => classText(one) === task.classText)) ??
    // The parent has it from the same source, which something has transformed there or here.
    (isCalled(named, name) ? named : onlyOne(classes.filter((one) => one.name === name)));
  if (found === undefined) throw notFound(exported, task);
  return found;
}

/** The default export itself, or what a module of CommonJS exports: `import` does not see all of its names. */
function fromDefault(exported: Exports, name: string): unknown {
  const candidate = exported.default;
  return isCalled(candidate, name) ? candidate : (candidate as Exports | null | undefined)?.[name];
}

function isCalled(candidate: unknown, name: string): candidate is WorkerClass {
  return typeof candidate === 'function' && (candidate.name === name || candidate.name === '');
}

function classesIn(exported: Exports): WorkerClass[] {
  const values = Object.values(exported);
  const inner = Object(exported.default ?? {}) as Exports;
  return [...new Set([...values, ...Object.values(inner)])].filter(isWorkerClass);
}

function isWorkerClass(candidate: unknown): candidate is WorkerClass {
  return typeof candidate === 'function' && typeof (candidate as WorkerClass).contextOf === 'function';
}

function onlyOne(classes: WorkerClass[]): WorkerClass | undefined {
  return classes.length === 1 ? classes[0] : undefined;
}

function notFound(exported: Exports, { module, exportName }: WorkerPlace): MprocError {
  const names = Object.keys(exported);
  const wayOut = isBundled(names)
    ? 'A bundler has made this file. Give the module of the worker an entry of its own, and leave it external where it is imported.'
    : 'Export the class under its own name.';
  return new MprocError(
    'ERR_WORKER_NOT_FOUND',
    `${module} must export the worker class ${exportName}; it exports ${names.join(', ') || 'nothing'}. ${wayOut}`,
  );
}

/** Names that no person gives. */
function isBundled(names: readonly string[]): boolean {
  return names.length > 0 && names.every((name) => name.length <= 2 || name.startsWith('__webpack_'));
}
