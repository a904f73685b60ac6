import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { parseTsconfig } from 'get-tsconfig';

/** The compiler options that decide how files of a project import each other. */
export interface CompilerOptions {
  readonly module?: string;
  readonly moduleResolution?: string;
  readonly allowImportingTsExtensions?: boolean;
  readonly rewriteRelativeImportExtensions?: boolean;
  readonly verbatimModuleSyntax?: boolean;
}

/** @returns none where there is no `tsconfig.json`, or one that cannot be read: then nothing follows from it */
export function readCompilerOptions(root: string): CompilerOptions | undefined {
  const path = join(root, 'tsconfig.json');
  if (!existsSync(path)) return undefined;
  try {
    return (parseTsconfig(path).compilerOptions ?? {}) as CompilerOptions;
  } catch {
    return undefined;
  }
}

/** Whether `import.meta` is refused because a file of the project becomes CommonJS. */
export function compilesToCommonJs({ module = '' }: CompilerOptions, isModule: boolean): boolean {
  const kind = module.toLowerCase();
  if (kind === 'commonjs') return true;
  return /^node(16|18|20|next)$/.test(kind) && !isModule;
}
