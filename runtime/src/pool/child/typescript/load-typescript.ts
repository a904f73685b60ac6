import { createRequire } from 'node:module';
import { pathToFileURL } from 'node:url';
import { MprocError } from '../../../errors/errors.js';
import type { TypescriptLoading } from '../../typescript.js';
import { imports } from '../imports.js';
import { useNodeCompileCache } from './node-compile-cache.js';
import { cacheStrippedCode } from './stripped-code-cache.js';

const TYPESCRIPT = /\.[cm]?tsx?$/;
/** Node.js strips types, but does not know JSX. */
const STRIPPABLE = /\.[cm]?ts$/;
const LOADERS =
  /(^|[\s=/\\])(tsx|ts-node|@swc-node|@oxc-node|esbuild-register|jiti|sucrase)([\s/\\@]|$)|strip-types|transform-types/;

let loading: TypescriptLoading = { isTransformed: false };
/** What has been made ready in this process; once something is, it loads all that follows. */
let ready: 'tsx' | 'node' | 'flags' | undefined;

/** Tells how the parent loads TypeScript, before anything is loaded. */
export function useTypescriptLoading(asParent: TypescriptLoading): void {
  loading = asParent;
}

/**
 * Makes this process load a module, and what that imports, as the parent does: each file under its own URL, by tsx where
 * the program was started with it, else by Node.js where it strips types, else by the tsx beside the module.
 * @throws MprocError `ERR_MODULE_LOAD` when the module is TypeScript and nothing can load that
 */
export async function prepareFor(url: string): Promise<void> {
  if (ready !== undefined) return;
  const path = url.split(/[?#]/, 1)[0]!;
  if (loading.tsx !== undefined) await register(loading.tsx);
  else if (!TYPESCRIPT.test(path)) return;
  else if (hasLoader()) ready = 'flags';
  else if (canStrip(path) && !loading.isTransformed) stripByNode(url);
  else await registerBeside(url, canStrip(path));
}

function hasLoader(): boolean {
  return LOADERS.test([...process.execArgv, process.env.NODE_OPTIONS ?? ''].join(' '));
}

function canStrip(path: string): boolean {
  return STRIPPABLE.test(path) && Boolean((process.features as { typescript?: unknown }).typescript);
}

function stripByNode(url: string): void {
  if (!useNodeCompileCache(url)) cacheStrippedCode(url);
  ready = 'node';
}

async function registerBeside(url: string, canStripIt: boolean): Promise<void> {
  let tsx: string;
  try {
    // The loader that `node --import tsx` uses; what `require` finds of tsx's own API cannot register itself.
    tsx = createRequire(url).resolve('tsx');
  } catch (cause) {
    if (canStripIt) return stripByNode(url);
    throw new MprocError(
      'ERR_MODULE_LOAD',
      `${url} is TypeScript, which Node.js ${process.versions.node} does not load, and tsx is not installed beside it; ` +
        'install tsx, use Node.js 22.18 or later, or build the module to JavaScript',
      { cause },
    );
  }
  await register(pathToFileURL(tsx).href);
}

async function register(tsx: string): Promise<void> {
  await imports().module(tsx);
  ready = 'tsx';
}

/** tsx makes of a module that is required another than of one that is imported. */
export function isLoadedByTsx(): boolean {
  return ready === 'tsx';
}
