import { existsSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../output/failure.js';
import { MANIFEST_PATH } from '../plan/manifest.js';
import { readJson } from './read-json.js';

/** The nearest folder, from the given one upwards, that is a project of ours or depends on the runtime. */
export function findProject(from: string): string {
  return nearest(from, isProject) ?? refused(from);
}

/** Where an `add` goes: the nearest such folder, or the nearest package, which then lacks the runtime so far. */
export function findTarget(from: string): string {
  return nearest(from, (folder) => isProject(folder) || isPackage(folder)) ?? refused(from);
}

function nearest(from: string, isWanted: (folder: string) => boolean): string | undefined {
  for (let folder = realpathSync(from); ; folder = dirname(folder)) {
    if (isWanted(folder)) return folder;
    if (folder === dirname(folder)) return undefined;
  }
}

function refused(from: string): never {
  throw new UsageError(
    'ERR_NO_PROJECT',
    `${from} is not in a project that uses mproc-worker: make one with \`npm create mproc-worker@latest my-project\`, or give --cwd`,
  );
}

function isProject(folder: string): boolean {
  if (existsSync(join(folder, MANIFEST_PATH))) return true;
  const manifest = readJson(join(folder, 'package.json'));
  return ['dependencies', 'devDependencies'].some(
    (kind) => Object(manifest[kind])['mproc-worker'] !== undefined,
  );
}

/** A package.json without a name only says what kind of modules a folder holds. */
function isPackage(folder: string): boolean {
  return typeof readJson(join(folder, 'package.json')).name === 'string';
}
