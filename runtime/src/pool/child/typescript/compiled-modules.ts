import { createHash } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { cacheFolder, writeWhole } from '../../../cache/cache-folder.js';
import { compile } from './compile.js';

/** Raised when what is kept would be made in another way. */
const VERSION = 1;

interface Kept {
  readonly output: string;
  readonly inputs: readonly { readonly path: string; readonly mtimeMs: number; readonly size: number }[];
}

/**
 * Where the JavaScript of a worker's TypeScript module is: made by the first process that needs it, kept in
 * `node_modules/.cache/mproc-worker`, and made anew when a source has changed. A loader of TypeScript would cost every
 * process more than all the rest of its start.
 * @returns a URL; `undefined` when there is none, and a loader must do it
 */
export function compiledModule(url: string): Promise<string | undefined> {
  const known = underWay.get(url);
  if (known) return known;
  // One after another, because the compiler is stopped after each.
  const finding = last.then(() => findOrMake(url)).finally(() => underWay.delete(url));
  last = finding.catch(() => {});
  underWay.set(url, finding);
  return finding;
}

/** Jobs that run side by side ask for the same module at once. */
const underWay = new Map<string, Promise<string | undefined>>();
let last: Promise<unknown> = Promise.resolve();

async function findOrMake(url: string): Promise<string | undefined> {
  if (!url.startsWith('file:')) return undefined;
  const file = fileURLToPath(url);
  const folder = cacheFolder(file);
  if (folder === undefined) return undefined;
  const key = createHash('sha256').update(`${VERSION} ${file}`).digest('hex').slice(0, 16);
  const record = join(folder, `${key}.json`);
  const kept = readKept(record);
  if (kept !== undefined && isFresh(kept)) return pathToFileURL(join(folder, kept.output)).href;
  const compiled = await compile(file);
  if (compiled === undefined) return undefined;
  try {
    const output = `${key}-${createHash('sha256').update(compiled.code).digest('hex').slice(0, 8)}.mjs`;
    writeWhole(join(folder, output), compiled.code);
    const inputs = compiled.inputs.map((path) => ({ path, ...changeOf(path) }));
    writeWhole(record, JSON.stringify({ output, inputs } satisfies Kept));
    return pathToFileURL(join(folder, output)).href;
  } catch {
    // The folder cannot be written: nothing is kept, the loader does it.
    return undefined;
  }
}

function readKept(record: string): Kept | undefined {
  try {
    return JSON.parse(readFileSync(record, 'utf8')) as Kept;
  } catch {
    return undefined;
  }
}

function isFresh({ inputs }: Kept): boolean {
  try {
    return inputs.every(({ path, mtimeMs, size }) => {
      const now = changeOf(path);
      return now.mtimeMs === mtimeMs && now.size === size;
    });
  } catch {
    return false;
  }
}

function changeOf(path: string): { mtimeMs: number; size: number } {
  const { mtimeMs, size } = statSync(path);
  return { mtimeMs, size };
}
