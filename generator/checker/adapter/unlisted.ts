import { dirname, join } from 'node:path';
import type { TypeScript } from './load.js';

const PART = /\.(worker|listeners?|queue|strategy)\.[cm]?[jt]sx?$/;
const MADE = ['node_modules', 'dist', 'build', 'out', 'lib', 'coverage', 'tmp', 'temp'];
const DEPTH = 12;

/** Files below a folder that are made to be used with `mproc-worker`, and are none of the given ones. */
export function findUnlisted(
  { sys }: TypeScript,
  root: string,
  listed: ReadonlySet<string>,
  outFolders: readonly string[],
): string[] {
  const excluded = [...MADE.map((name) => `**/${name}`), '**/.*', ...outFolders];
  return sys
    .readDirectory(
      root,
      ['.ts', '.mts', '.cts', '.tsx', '.js', '.mjs', '.cjs', '.jsx'],
      excluded,
      undefined,
      DEPTH,
    )
    .filter((path) => PART.test(path) && !listed.has(path) && !isMadeFrom(sys, path))
    .filter(
      (path) => isOfThisProject(sys, path, root) && (sys.readFile(path) ?? '').includes('mproc-worker'),
    );
}

/** A compiled file beside its source. */
function isMadeFrom(sys: TypeScript['sys'], path: string): boolean {
  return /\.d\.[cm]?ts$/.test(path) || (/js$/.test(path) && sys.fileExists(path.replace(/js$/, 'ts')));
}

/** What stands below another package or configuration is checked there. */
function isOfThisProject(sys: TypeScript['sys'], path: string, root: string): boolean {
  for (let folder = dirname(path); folder !== root; folder = dirname(folder)) {
    if (folder === dirname(folder)) return false;
    if (sys.fileExists(join(folder, 'package.json')) || sys.fileExists(join(folder, 'tsconfig.json')))
      return false;
  }
  return true;
}
