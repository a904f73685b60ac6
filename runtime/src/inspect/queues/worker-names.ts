import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { partsWithin } from './call-arguments.js';

const SOURCE = /\.[cm]?[jt]sx?$/;
const NO_SOURCE = /\.(d\.[cm]?ts|(test|spec)\.[cm]?[jt]sx?)$/;
const NOT_ENTERED = /^(node_modules|dist|build|coverage|\..*)$/;
/** A project with more is asked for names. */
const MOST_FILES = 5_000;
const MOST_BYTES = 1024 * 1024;

const CLASS = /\bclass\s+(\w+)(?:\s*<[\s\S]{0,500}?>)?\s+extends\s+(?:\w+\.)*(\w+)/g;
const FUNCTION = /\b(?:define|module)Worker\b\s*(?:<[^;]*?>)?\s*\(/g;
const ROOTS = ['Worker', 'FunctionWorker'];

/**
 * The workers of the project that a module belongs to, as queues call them: found in the text of its sources, which are not
 * loaded for that.
 */
export function workerNamesNear(path: string): string[] {
  const sources = sourcesNear(path);
  return workerNamesIn(existsSync(sources) ? sources : dirname(path));
}

/** The folder `src` of the project that a module belongs to, which may not be there. */
export function sourcesNear(path: string): string {
  return join(projectOf(dirname(path)), 'src');
}

/** The workers of a folder of sources. */
export function workerNamesIn(sources: string): string[] {
  const names = new Set<string>();
  /** What each class extends. */
  const classes = new Map<string, string>();
  let files = 0;
  const look = (folder: string): void => {
    for (const entry of readdirSync(folder, { withFileTypes: true })) {
      const at = join(folder, entry.name);
      if (entry.isDirectory() && !NOT_ENTERED.test(entry.name)) look(at);
      else if (entry.isFile() && SOURCE.test(entry.name) && !NO_SOURCE.test(entry.name)) {
        files += 1;
        if (files > MOST_FILES)
          throw new Error(`${sources} has more than ${MOST_FILES} files; say which workers: --class Invoice`);
        if (statSync(at).size > MOST_BYTES) continue;
        const text = readFileSync(at, 'utf8');
        for (const [, name = '', base = ''] of text.matchAll(CLASS)) classes.set(name, base);
        for (const name of functionsIn(text)) names.add(name);
      }
    }
  };
  look(sources);
  for (const name of classes.keys()) if (isWorker(name, classes)) names.add(name);
  return [...names].sort();
}

function isWorker(name: string, classes: ReadonlyMap<string, string>): boolean {
  const seen = new Set<string>();
  for (let at: string | undefined = name; at !== undefined && !seen.has(at); at = classes.get(at)) {
    seen.add(at);
    const base = classes.get(at);
    if (base !== undefined && ROOTS.includes(base)) return true;
  }
  return false;
}

/** The folder of the package. */
function projectOf(folder: string): string {
  if (existsSync(join(folder, 'package.json'))) return folder;
  const above = dirname(folder);
  return above === folder ? folder : projectOf(above);
}

/** The names of functions that can go over a queue, as `defineWorker` and `moduleWorker` have them. */
function functionsIn(text: string): string[] {
  return [...text.matchAll(FUNCTION)].flatMap(({ 0: call, index }) => {
    const [, given = '', options] = partsWithin(text, index + call.length - 1) ?? [];
    const name = namedBy(options) ?? (call.startsWith('module') ? textOf(given) : ownName(given));
    return name === undefined ? [] : [name];
  });
}

/** What the options of a function say. */
function namedBy(options: string | undefined): string | undefined {
  if (!options?.startsWith('{')) return undefined;
  const member = partsWithin(options, 0)?.find((part) => /^(name|'name'|"name")\s*:/.test(part));
  return member && textOf(member.slice(member.indexOf(':') + 1).trim());
}

function textOf(source: string): string | undefined {
  return /^(['"`])([^'"`$]+)\1/.exec(source)?.[2];
}

/** The function's own: that of a function that is written here, or that a name stands for. */
function ownName(source: string): string | undefined {
  return (/^(?:async\s+)?function\s*\*?\s*(\w+)/.exec(source) ?? /^(\w+)$/.exec(source))?.[1];
}
