import { posix } from 'node:path';
import { importPath } from '../project/imports.js';
import type { Variables } from './render.js';

export interface RenderedFile {
  readonly path: string;
  readonly contents: string;
}

const RELATIVE = /(?<=['"])\.\.?\/[^'"\n]+(?=['"])/g;

/**
 * Puts a rendered file into the folder that its name has before it: `media/Resize` is in `src/workers/media`. What it
 * imports is found from there.
 */
export function inSubfolder(path: string, contents: string, { folder, kebab }: Variables): RenderedFile {
  const place = placeIn(path, folder, kebab);
  if (place === path) return { path, contents };
  const imported = contents.replace(RELATIVE, (specifier) => {
    const target = posix.join(posix.dirname(path), specifier);
    return importPath(place, placeIn(target, folder, kebab));
  });
  return { path: place, contents: imported };
}

/** Only files that are called after the name go there. */
function placeIn(path: string, folder: unknown, kebab: unknown): string {
  const match = /^(src\/\w+\/)([^/]+)$/.exec(path);
  if (!match || typeof folder !== 'string' || folder === '') return path;
  return match[2]?.startsWith(`${kebab}.`) ? `${match[1]}${folder}${match[2]}` : path;
}
