import { existsSync } from 'node:fs';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { OptionError } from '../../errors/errors.js';
import { mustBeOptions } from './define-worker.js';
import { exportedFunction } from './exported-function.js';
import {
  classOfFunction,
  type FunctionOptions,
  type FunctionWorker,
  type JobFunction,
} from './function-class.js';
import type { FunctionJob } from './function-job.js';
import { setOrigin } from './function-origin.js';

const OPTIONS: Record<keyof FunctionOptions, true> = { name: true, strategy: true, timeoutMs: true };

// biome-ignore lint/suspicious/noExplicitAny: any function of a module, whatever it takes and gives
type AnyFunction = (args: any, job: FunctionJob) => unknown;
type ArgsOf<F extends AnyFunction> = Parameters<F> extends [infer Args, ...unknown[]] ? Args : undefined;

/**
 * Makes a worker of a function that a module exports: `moduleWorker<string, number>(new URL('./resize.js', import.meta.url), 'resize')`.
 * The module need not know of this package, and this process does not load it. Its types may be those of the function itself:
 * `import type { resize } from './resize.js'`, then `moduleWorker<typeof resize>(…)`.
 *
 * @param module URL of the module, or its absolute path
 * @param exported the name of the export; `default` for the default one
 * @throws OptionError
 */
export function moduleWorker<Args, Result>(
  module: URL | string,
  exported: string,
  options?: FunctionOptions,
): FunctionWorker<Args, Result>;
export function moduleWorker<F extends AnyFunction>(
  module: URL | string,
  exported: string,
  options?: FunctionOptions,
): FunctionWorker<ArgsOf<F>, Awaited<ReturnType<F>>>;
export function moduleWorker(
  module: URL | string,
  exported: string,
  options: FunctionOptions = {},
): FunctionWorker {
  if (typeof exported !== 'string' || exported === '')
    throw new OptionError(
      `moduleWorker takes the name of an export, as 'resize'; received ${String(exported)}`,
    );
  mustBeOptions('moduleWorker', options, OPTIONS);
  const url = urlOf(module);
  const load = loadsOnce(url, exported);
  const call: JobFunction<unknown, unknown> = async (args, job) => (await load())(args, job);
  const made = classOfFunction(url, options.name ?? exported, call, options);
  setOrigin(made, { place: -1, exported, text: '', load });
  return new made();
}

function urlOf(module: unknown): string {
  // A test runner may have a URL of its own.
  const text: unknown = (module as Partial<URL> | null | undefined)?.href ?? module;
  if (typeof text === 'string' && /^(file|data|node):/.test(text)) return sourceOf(text);
  if (typeof text === 'string' && isAbsolute(text)) return sourceOf(pathToFileURL(text).href);
  throw new OptionError(
    `moduleWorker takes the URL of a module, as new URL('./resize.js', import.meta.url); received ${String(module)}`,
  );
}

/** The module itself, or the TypeScript that is written under its name, as in an `import`. */
function sourceOf(url: string): string {
  if (!url.startsWith('file:') || existsSync(fileURLToPath(url))) return url;
  const source = url.replace(/\.([cm]?)js(x?)$/, '.$1ts$2');
  return source !== url && existsSync(fileURLToPath(source)) ? source : url;
}

/** Of a job that runs in this process, without a pool. */
function loadsOnce(url: string, exported: string): () => Promise<JobFunction<unknown, unknown>> {
  let loading: Promise<JobFunction<unknown, unknown>> | undefined;
  return () => {
    loading ??= import(url)
      .then((loaded) => exportedFunction(loaded, url, exported))
      .catch((error) => {
        loading = undefined;
        throw error;
      });
    return loading;
  };
}
