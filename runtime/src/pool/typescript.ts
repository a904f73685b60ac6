import { createRequire } from 'node:module';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { inheritedFlags } from './node-flags.js';

/** How this program loads TypeScript, so that its children load it in the same way. */
export interface TypescriptLoading {
  /** URL of the tsx that the program was started with: a child has it before it loads anything of the user's. */
  readonly tsx?: string | undefined;
  /** The program's own modules are transformed by its test runner, as tsx would: a child rather has tsx than type stripping. */
  readonly isTransformed: boolean;
}

export function typescriptLoading(): TypescriptLoading {
  const { tsx } = inheritedFlags(process.execArgv);
  const { VITEST, JEST_WORKER_ID } = process.env;
  return {
    tsx: tsx === undefined ? undefined : urlOf(tsx),
    isTransformed: VITEST !== undefined || JEST_WORKER_ID !== undefined,
  };
}

/** What Node.js has resolved from the folder that the program was started in; it may have left that since. */
function urlOf(loader: string): string | undefined {
  if (loader.startsWith('file:')) return loader;
  for (const from of [join(process.cwd(), 'main'), process.argv[1]])
    try {
      if (from !== undefined) return pathToFileURL(createRequire(from).resolve(loader)).href;
    } catch {
      // Not from there; in the end a child looks beside the worker's module.
    }
  return undefined;
}
