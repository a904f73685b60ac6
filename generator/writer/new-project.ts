import {
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
} from 'node:fs';
import { hostname } from 'node:os';
import { basename, dirname, join, relative, resolve } from 'node:path';
import { UsageError, WorkError } from '../output/failure.js';
import { attempt, makeFolders, syncFolder, writeDurably } from './durable.js';
import { isAlive, thisProcess } from './owner.js';
import { foldersOf } from './paths.js';

/** Where a project shall be, with the links of its parents resolved. */
export interface Site {
  /** Absolute. */
  readonly root: string;
  readonly exists: boolean;
}

/** @throws UsageError when the place is a link, a file, or below a file */
export function findSite(typed: string, from: string): Site {
  const target = resolve(from, typed);
  const status = statusOf(target);
  if (status?.isSymbolicLink()) throw inTheWay(typed, 'is a link');
  if (status && !status.isDirectory()) throw inTheWay(typed, 'is a file');
  if (status) return { root: realpathSync(target), exists: true };
  const ancestor = existingAncestor(target);
  if (!lstatSync(realpathSync(ancestor)).isDirectory()) throw inTheWay(relative(from, ancestor), 'is a file');
  return { root: join(realpathSync(ancestor), relative(ancestor, target)), exists: false };
}

/** What a folder may hold before a project is made in it, as people and tools put it there first. */
const HARMLESS =
  /^(README|LICENSE|LICENCE|CHANGELOG)(\.\w+)?$|^\.(git|gitignore|gitattributes|github|editorconfig|idea|vscode|DS_Store|mproc)$|^(package(-lock)?\.json|pnpm-lock\.yaml|yarn\.lock|bun\.lockb?|node_modules|biome\.jsonc?)$|^\.(npmrc|nvmrc|node-version|prettierrc.*|prettierignore)$/i;

/** @throws UsageError when a folder holds anything that a project is not made around unasked */
export function refuseForeignFolder(root: string, typed: string): void {
  if (existsSync(join(root, '.mproc', 'manifest.json'))) return;
  const foreign = readdirSync(root).filter((name) => !HARMLESS.test(name));
  if (foreign.length === 0) return;
  const named =
    foreign.slice(0, 3).join(', ') + (foreign.length > 3 ? `, and ${foreign.length - 3} more` : '');
  throw new UsageError(
    'ERR_NOT_EMPTY',
    `${typed} is not empty (${named}): choose another folder, or make the project around what is there with --force`,
  );
}

function inTheWay(place: string, what: string): UsageError {
  return new UsageError('ERR_FOLDER', `${place} ${what}: choose another folder, or remove it`);
}

/** Below a file there is nothing, which the system says in another way than that there is nothing in a folder. */
function statusOf(path: string): Stats | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOTDIR') return undefined;
    throw error;
  }
}

function existingAncestor(path: string): string {
  let place = dirname(path);
  while (!statusOf(place)) place = dirname(place);
  return place;
}

/**
 * Builds a project beside its place and shows it by one rename.
 * @returns false when something else appeared in its place; nothing was written then
 */
export function writeNewProject(root: string, files: ReadonlyMap<string, Buffer>): boolean {
  const ancestor = existingAncestor(root);
  const [top = '', ...below] = relative(ancestor, root).split('/');
  sweep(ancestor, top);
  const { pid, started } = thisProcess();
  const building = join(ancestor, `.${top}.${pid}-${started}.mproc-new`);
  try {
    build(join(building, ...below), files);
    if (existsSync(join(ancestor, top))) return discard(building);
    renameSync(building, join(ancestor, top));
  } catch (error) {
    discard(building);
    if (['ENOTEMPTY', 'EEXIST', 'ENOTDIR'].includes((error as NodeJS.ErrnoException).code ?? ''))
      return false;
    throw new WorkError('ERR_WRITE', `nothing was written: ${(error as Error).message}`, { cause: error });
  }
  attempt(() => syncFolder(ancestor));
  return true;
}

function build(root: string, files: ReadonlyMap<string, Buffer>): void {
  makeFolders(root);
  const folders = [...new Set([...files.keys()].flatMap(foldersOf))].sort();
  for (const folder of folders) mkdirSync(join(root, folder));
  for (const [path, bytes] of files) writeDurably(join(root, path), bytes);
  for (const folder of [...folders.reverse(), '']) syncFolder(join(root, folder));
}

function discard(building: string): false {
  attempt(() => rmSync(building, { recursive: true, force: true }));
  return false;
}

/** Removes what runs for the same place left when they were killed. */
function sweep(ancestor: string, top: string): void {
  const prefix = `.${top}.`;
  for (const name of readdirSync(ancestor)) {
    if (!name.startsWith(prefix)) continue;
    const match = /^(\d+)-(\d+)\.mproc-new$/.exec(basename(name).slice(prefix.length));
    const owner = match && { host: hostname(), pid: Number(match[1]), started: Number(match[2]) };
    if (owner && !isAlive(owner) && existsSync(join(ancestor, name))) discard(join(ancestor, name));
  }
}
