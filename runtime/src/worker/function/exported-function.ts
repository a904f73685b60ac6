import { MprocError } from '../../errors/errors.js';
import type { JobFunction } from './function-class.js';
import { originOf } from './function-origin.js';

type Exports = Record<string, unknown>;

/**
 * The function that a module exports under a name; of CommonJS, `import` does not see all names.
 * @throws MprocError `ERR_WORKER_NOT_FOUND`
 */
export function exportedFunction(
  loaded: Exports,
  module: string,
  name: string,
): JobFunction<unknown, unknown> {
  const found = loaded[name] ?? (loaded.default as Exports | null | undefined)?.[name];
  if (typeof found === 'function' && !isWorkerClass(found)) return found as JobFunction<unknown, unknown>;
  const problem =
    found === undefined
      ? `does not export ${name}; it exports ${Object.keys(loaded).join(', ') || 'nothing'}`
      : isWorkerClass(found) || isFunctionWorker(found)
        ? `exports a worker as ${name}, and moduleWorker takes a bare function: import the worker, and give it to the pool`
        : `exports ${typeof found === 'object' ? 'an object' : `a ${typeof found}`} as ${name}, and moduleWorker takes a function`;
  throw new MprocError('ERR_WORKER_NOT_FOUND', `${module} ${problem}`);
}

function isWorkerClass(found: unknown): boolean {
  return typeof (found as { contextOf?: unknown } | null)?.contextOf === 'function';
}

function isFunctionWorker(found: unknown): boolean {
  const made = (found as object | null)?.constructor;
  return made !== undefined && originOf(made) !== undefined;
}
