import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import type { ts } from 'ts-morph';
import { CheckUsageError } from '../usage-error.js';

export type TypeScript = typeof ts;

/** A compiler, and the language's own types where it brings them along as text. */
export interface LoadedCompiler {
  readonly ts: TypeScript;
  /** Whether the project has installed it: then what it says needs no other process. */
  readonly isOwn: boolean;
  /** A folder that exists only here; `undefined` where the types are files. */
  readonly libFolder: string | undefined;
  readonly libTexts: ReadonlyMap<string, string>;
}

interface LibFiles {
  readonly libFolderInMemoryPath: string;
  getLibFiles(): readonly { readonly fileName: string; readonly text: string }[];
}

/**
 * The compiler of the project, where the rules can use it; else that of ts-morph.
 * @throws CheckUsageError when neither the project nor this package has any
 */
export function loadCompiler(root: string): LoadedCompiler {
  const own = loadOwn(root);
  if (own) return { ts: own, isOwn: true, libFolder: undefined, libTexts: new Map() };
  for (const from of [join(root, 'package.json'), import.meta.url]) {
    const path = resolveFrom(from, 'ts-morph');
    if (path !== undefined) return loadBundled(path);
  }
  throw new CheckUsageError(
    `check needs ts-morph, and ${root} does not have it: run \`npm install --save-dev ts-morph\` there`,
  );
}

function resolveFrom(from: string, name: string): string | undefined {
  try {
    return createRequire(from).resolve(name);
  } catch {
    return undefined;
  }
}

/** From 7 on it has no programs for others; what was before 5.5 is not tried. */
function loadOwn(root: string): TypeScript | undefined {
  const manifest = resolveFrom(join(root, 'package.json'), 'typescript/package.json');
  if (manifest === undefined || !isKnown(readVersion(manifest))) return undefined;
  const file = join(dirname(manifest), 'lib/typescript.js');
  if (!existsSync(file)) return undefined;
  const ts = createRequire(manifest)(file) as Partial<TypeScript>;
  return typeof ts.createProgram === 'function' ? (ts as TypeScript) : undefined;
}

function readVersion(manifest: string): string {
  try {
    return String((JSON.parse(readFileSync(manifest, 'utf8')) as { version?: unknown }).version);
  } catch {
    return '';
  }
}

function isKnown(version: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return (major === 5 && minor >= 5) || major === 6;
}

function loadBundled(path: string): LoadedCompiler {
  // ts-morph itself is not needed: what it wraps is a package of its own.
  const { ts, libFolderInMemoryPath, getLibFiles } = createRequire(path)('@ts-morph/common') as LibFiles & {
    readonly ts: TypeScript;
  };
  const libTexts = new Map(
    getLibFiles().map(({ fileName, text }) => [`${libFolderInMemoryPath}/${fileName}`, text]),
  );
  return { ts, isOwn: false, libFolder: libFolderInMemoryPath, libTexts };
}
