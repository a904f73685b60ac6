import { types } from 'node:util';
import { OptionError } from '../../errors/errors.js';
import { functionOrNone } from '../../options/function-or-none.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { limit } from '../../options/limit.js';
import {
  classOfFunction,
  type DefineOptions,
  type FunctionOptions,
  type FunctionWorker,
  type JobFunction,
} from './function-class.js';
import { setOrigin } from './function-origin.js';

const OPTIONS: Record<keyof DefineOptions, true> = {
  name: true,
  strategy: true,
  timeoutMs: true,
  listeners: true,
  setup: true,
  teardown: true,
  onMessage: true,
};

/** How many functions each module has defined by now. */
const defined = new Map<string, number>();

/**
 * Makes a worker of a function: `export const resize = defineWorker(import.meta.url, async (path: string, job) => …)`.
 *
 * - exported, under any name, by the module that calls this: each process imports the module and takes it from there
 * - the function takes the arguments of one job, and what it knows of the job; what it throws fails the attempt
 * - the module does nothing else when it is imported, and is not the running program
 *
 * @param module `import.meta.url`, or in CommonJS `__filename`
 * @throws OptionError
 */
export function defineWorker<Args = unknown, Result = unknown, Resource = undefined>(
  module: string,
  process: JobFunction<Args, Result, Resource>,
  options: DefineOptions<Resource> = {},
): FunctionWorker<Args, Result> {
  if (typeof module === 'function')
    throw new OptionError(
      'defineWorker takes where it is called before the function: defineWorker(import.meta.url, …), in CommonJS defineWorker(__filename, …)',
    );
  mustBeJobFunction('defineWorker', process);
  mustBeOptions('defineWorker', options, OPTIONS);
  functionOrNone('setup', options.setup);
  functionOrNone('teardown', options.teardown);
  functionOrNone('onMessage', options.onMessage);
  const place = defined.get(module) ?? 0;
  defined.set(module, place + 1);
  const made = classOfFunction(module, options.name ?? process.name, process, options);
  setOrigin(made, { place, exported: undefined, text: Function.prototype.toString.call(process) });
  return new made();
}

/** @throws OptionError */
export function mustBeJobFunction(what: string, given: unknown): void {
  if (typeof given !== 'function')
    throw new OptionError(`${what} takes a function that does a job; received ${String(given)}`);
  const name = given.name || 'the function';
  if (types.isGeneratorFunction(given))
    throw new OptionError(
      `${what} takes a function that returns its result, and ${name} is a generator; return an array, or tell of parts with job.progress(part)`,
    );
  if (/^class\b/.test(Function.prototype.toString.call(given)))
    throw new OptionError(
      `${what} takes a function, and ${name} is a class; a class that extends Worker needs no ${what}: give the pool \`new ${name}()\``,
    );
}

/** @throws OptionError */
export function mustBeOptions(
  what: string,
  options: FunctionOptions,
  known: Readonly<Record<string, true>>,
): void {
  mustKnowOptions(what, options, known);
  const { name, strategy, timeoutMs } = options;
  if (name !== undefined && (typeof name !== 'string' || name === ''))
    throw new OptionError(`option name must be a name; received ${String(name)}`);
  if (strategy !== undefined && typeof strategy?.decide !== 'function')
    throw new OptionError(`option strategy must have a method decide; received ${String(strategy)}`);
  limit('timeoutMs', timeoutMs);
}
