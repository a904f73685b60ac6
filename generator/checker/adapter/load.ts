import { createRequire } from 'node:module';
import { join } from 'node:path';
import type { ts } from 'ts-morph';
import { CheckUsageError } from '../usage-error.js';

export type TypeScript = typeof ts;

/** The compiler that comes with ts-morph, and the language's own types that it brings along as text. */
export interface LoadedCompiler {
  readonly ts: TypeScript;
  /** A folder that exists only here. */
  readonly libFolder: string;
  readonly libTexts: ReadonlyMap<string, string>;
}

interface LibFiles {
  readonly libFolderInMemoryPath: string;
  getLibFiles(): readonly { readonly fileName: string; readonly text: string }[];
}

/** @throws CheckUsageError when neither the project nor this package has ts-morph */
export function loadCompiler(root: string): LoadedCompiler {
  for (const from of [join(root, 'package.json'), import.meta.url]) {
    const path = resolveFrom(from);
    if (path !== undefined) return load(path);
  }
  throw new CheckUsageError(
    `check needs ts-morph, and ${root} does not have it: run \`npm install --save-dev ts-morph\` there`,
  );
}

function resolveFrom(from: string): string | undefined {
  try {
    return createRequire(from).resolve('ts-morph');
  } catch {
    return undefined;
  }
}

function load(path: string): LoadedCompiler {
  const requireBeside = createRequire(path);
  const { ts } = requireBeside(path) as { ts: TypeScript };
  const { libFolderInMemoryPath, getLibFiles } = requireBeside('@ts-morph/common') as LibFiles;
  const libTexts = new Map(
    getLibFiles().map(({ fileName, text }) => [`${libFolderInMemoryPath}/${fileName}`, text]),
  );
  return { ts, libFolder: libFolderInMemoryPath, libTexts };
}
