import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { sourceFolderOf } from './source-folder.js';

const SOURCE = /(?<!\.d)\.[cm]?[jt]sx?$/;
const MADE = /^(node_modules|dist|build|out|coverage)$|^\./;

/** The source files of a project below its source folder, sorted; paths from the root, with `/`. */
export function sourcesOf(root: string): string[] {
  return filesBelow(root, sourceFolderOf(root));
}

/** The source files anywhere in a project but in what was built, fewer than some hundred: enough to see its style. */
export function sourcesAnywhere(root: string): string[] {
  const own = sourcesOf(root);
  return own.length > 0 ? own : filesBelow(root, '').filter((path) => !/\.config\.\w+$/.test(path));
}

function filesBelow(root: string, folder: string, depth = 0): string[] {
  if (depth > 12 || !existsSync(join(root, folder))) return [];
  // Not `recursive`: newer releases of Node.js follow links to folders there, and find the same class twice.
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory()) return MADE.test(entry.name) ? [] : filesBelow(root, path, depth + 1);
      return entry.isFile() && SOURCE.test(entry.name) ? [path] : [];
    })
    .sort();
}

/** Every file of code of a project, also outside of its source folder. */
export function codeFilesOf(root: string): string[] {
  return filesBelow(root, '');
}
