import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { cacheFolder, writeWhole } from '../../../cache/cache-folder.js';

const require = createRequire(import.meta.url);
const DIGEST_BYTES = 32;

interface Loaded {
  readonly format?: string | null | undefined;
  readonly source?: string | ArrayBuffer | NodeJS.TypedArray | undefined;
}
type Load = (url: string, context: object) => Loaded;

/** What newer releases of Node.js have beside what the types of the oldest tell. */
interface Hooks {
  registerHooks?(hooks: { load(url: string, context: object, nextLoad: Load): Loaded }): unknown;
  stripTypeScriptTypes?(source: string): string;
}

/**
 * Has each file that Node.js strips of its types stripped once for all processes: it takes Node.js longer to load what
 * strips them than all the rest of a child's start. What is kept is named after what it was made of, and carries a digest
 * of itself; where nothing can be kept, Node.js does it anew in each process.
 * @param url a module whose nearest `node_modules` has the cache
 */
export function cacheStrippedCode(url: string): void {
  const { registerHooks, stripTypeScriptTypes } = require('node:module') as Hooks;
  const folder = cacheFolder(fileURLToPath(url));
  const isStripping = (process.features as { typescript?: unknown }).typescript === 'strip';
  if (registerHooks === undefined || stripTypeScriptTypes === undefined || !folder || !isStripping) return;
  registerHooks({
    load(file, context, nextLoad) {
      const loaded = nextLoad(file, context);
      const { format, source } = loaded;
      if (!format?.endsWith('-typescript') || source === undefined || source === null) return loaded;
      const text = typeof source === 'string' ? source : Buffer.from(source as Uint8Array).toString();
      const stripped = strippedCode(folder, text, stripTypeScriptTypes);
      if (stripped === undefined) return loaded;
      return { ...loaded, format: format.slice(0, -'-typescript'.length), source: stripped };
    },
  });
}

/** `undefined` where Node.js is to say by itself what is wrong with the source. */
function strippedCode(folder: string, source: string, strip: (source: string) => string): string | undefined {
  const key = createHash('sha256').update(`${process.version}\0${source}`).digest();
  const file = join(folder, `stripped-${key.toString('hex', 0, 16)}.js`);
  const kept = read(file, key);
  if (kept !== undefined) return kept;
  const stripped = stripQuietly(source, strip);
  if (stripped === undefined) return undefined;
  try {
    writeWhole(file, Buffer.concat([digestOf(key, Buffer.from(stripped)), Buffer.from(stripped)]));
  } catch {
    // The folder cannot be written, or the disk is full.
  }
  return stripped;
}

/** Node.js warns that this function is experimental; the user has not called it. */
function stripQuietly(source: string, strip: (source: string) => string): string | undefined {
  const { emitWarning } = process;
  process.emitWarning = () => {};
  try {
    return strip(source);
  } catch {
    return undefined;
  } finally {
    process.emitWarning = emitWarning;
  }
}

function read(file: string, key: Buffer): string | undefined {
  let whole: Buffer;
  try {
    whole = readFileSync(file);
  } catch {
    return undefined;
  }
  const code = whole.subarray(DIGEST_BYTES);
  return digestOf(key, code).equals(whole.subarray(0, DIGEST_BYTES)) ? code.toString() : undefined;
}

/** Of what the code was made of, too: no file can stand for another. */
function digestOf(key: Buffer, code: Buffer): Buffer {
  return createHash('sha256').update(key).update(code).digest();
}
