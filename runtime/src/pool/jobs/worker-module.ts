import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { isAbsolute } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { MprocError } from '../../errors/errors.js';
import { codeOf, originOf, titleOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import { renamed, wayOutOf } from './missing-module.js';

const require = createRequire(import.meta.url);
/** As minifiers give; longer names may be shared by chance, too, but then a process finds out. */
const MINIFIED_NAME = 2;
/** Classes whose module was looked at and found good. */
const known = new WeakMap<WorkerClass, string>();

/**
 * The URL of a worker's module. What can be seen of it to be of no use to a process is refused before any process loads it.
 * @throws MprocError `ERR_WORKER_MODULE`, `ERR_MODULE_LOAD`
 */
export function moduleOf(workerClass: WorkerClass): string {
  const seen = known.get(workerClass);
  if (seen !== undefined) return seen;
  const url = urlOf(workerClass);
  const path = pathOf(url);
  if (path !== undefined) mustBeLoadable(workerClass, path);
  known.set(workerClass, url);
  return url;
}

/** What people know a class by: its name, or that of its file where it has none, as a function that is written in the call. */
export function nameOf(workerClass: WorkerClass): string {
  return workerClass.name || moduleOf(workerClass).split('/').at(-1)!;
}

/**
 * Refuses a module that makes a pool, or runs the class in one, while it is itself evaluated: it contains the program, as
 * where a bundler puts all in one file.
 * @throws MprocError `ERR_WORKER_MODULE`
 */
export function refuseProgram(workerClass: WorkerClass, url: string): never {
  throw programError(workerClass, pathOf(url) ?? url, 'contains the program that uses it in a pool');
}

function programError(workerClass: WorkerClass, path: string, is: string): MprocError {
  return new MprocError(
    'ERR_WORKER_MODULE',
    `the module of ${titleOf(workerClass)} ${is}, ${path}, which each process would run again; put it in a module of its own. A bundler that made one file of all needs an entry for that module as well, and code splitting (esbuild: \`splitting: true\`)`,
  );
}

function urlOf(workerClass: WorkerClass): string {
  const module: unknown = workerClass.module;
  if (typeof module === 'string') {
    if (/^(file|data|node):/.test(module)) return module;
    // `__filename`, as a module of CommonJS has it.
    if (isAbsolute(module)) return pathToFileURL(module).href;
  }
  const title = titleOf(workerClass);
  const isFunction = originOf(workerClass) !== undefined;
  throw new MprocError(
    'ERR_WORKER_MODULE',
    Object.hasOwn(workerClass, 'module') && module === undefined
      ? `${title} has \`module = undefined\`: a bundler has made CommonJS of its ES module, and import.meta.url is empty there; have it write ES modules (\`format: 'esm'\`)`
      : isFunction
        ? `${title} does not say where it is: ${JSON.stringify(module)}; write defineWorker(import.meta.url, …), in CommonJS defineWorker(__filename, …)`
        : `${title} does not say where it is; give it \`static override readonly module = import.meta.url\` (in CommonJS: \`static module = __filename\`)`,
  );
}

/** What is no file of this machine is left to the process that loads it. */
function pathOf(url: string): string | undefined {
  try {
    return url.startsWith('file:') ? fileURLToPath(url) : undefined;
  } catch {
    return undefined;
  }
}

function mustBeLoadable(workerClass: WorkerClass, path: string): void {
  const title = titleOf(workerClass);
  if (!existsSync(path))
    throw new MprocError(
      'ERR_MODULE_LOAD',
      `the module of ${title} is not there: ${path}${wayOutOf(workerClass, path)}`,
    );
  if (path === runningProgram()) throw programError(workerClass, path, 'is the running program');
  const text = textOf(path);
  const isLoadedFromIt = text.includes(codeOf(workerClass));
  if (isLoadedFromIt && !/\bexports?\b/.test(text))
    throw new MprocError(
      'ERR_WORKER_MODULE',
      `the module of ${title}, ${path}, exports nothing; export it there. A bundler that put it elsewhere needs an entry for that module`,
    );
  if (!isLoadedFromIt && originOf(workerClass) === undefined && wasRenamed(workerClass.name, text))
    throw new MprocError('ERR_WORKER_MODULE', renamed(title, path));
}

/** What cannot be read is left to the process that loads it. */
function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return 'export default';
  }
}

/**
 * A minifier has shortened the name of the class, and the module, which is not the file that the class was loaded from,
 * knows nothing of that name.
 */
function wasRenamed(name: string, text: string): boolean {
  if (name.length === 0 || name.length > MINIFIED_NAME) return false;
  const word = `\\b${name.replaceAll('$', '\\$')}(?![\\w$])`;
  const exports = [`exports?\\b[^;{]*${word}`, `exports?\\s*=?\\s*\\{[^}]*${word}`];
  return !/\bexport\s*(\*|default\b)/.test(text) && !exports.some((form) => new RegExp(form).test(text));
}

let program: string | undefined;

/** The file that this process was started with, as Node.js has found it; empty where there is none. */
function runningProgram(): string {
  program ??= resolved(process.argv[1] ?? '');
  return program;
}

function resolved(path: string): string {
  try {
    return isAbsolute(path) ? require.resolve(path) : '';
  } catch {
    return '';
  }
}
