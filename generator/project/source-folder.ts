import { lstatSync, realpathSync } from 'node:fs';
import { isAbsolute, join, relative } from 'node:path';
import { UsageError } from '../output/failure.js';

/**
 * The folder that `src` means, below the root and with `/`. Where `src` is a link to another folder of the project, that
 * folder is written to: nothing is written through a link.
 */
export function sourceFolderOf(root: string): string {
  const status = lstatSync(join(root, 'src'), { throwIfNoEntry: false });
  if (!status?.isSymbolicLink()) return 'src';
  const target = relative(realpathSync(root), realpathSync(join(root, 'src')));
  if (target !== '' && !target.startsWith('..') && !isAbsolute(target)) return target;
  throw new UsageError(
    'ERR_LINK',
    `src is a link to ${realpathSync(join(root, 'src'))}, outside of ${root}: run this in the project that has that folder, with --cwd`,
  );
}

/** Puts a path of the templates, which begins with `src/`, into the project's own source folder. */
export function belowSources(sourceFolder: string, path: string): string {
  return path.startsWith('src/') ? `${sourceFolder}/${path.slice(4)}` : path;
}
