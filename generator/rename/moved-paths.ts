import { existsSync, statSync } from 'node:fs';
import { join, posix } from 'node:path';
import jsTokens from 'js-tokens';
import { importPath } from '../project/imports.js';

/** Where files go: from path to path, below the project. */
export type Moves = ReadonlyMap<string, string>;

/**
 * Has every relative path that a file names lead where it led before, after files were moved: in imports, `require`,
 * `new URL`, mocks of tests, whatever stands as a string of its own.
 * @param path where the file was
 */
export function withMovedPaths(root: string, path: string, text: string, moves: Moves): string {
  const place = moves.get(path) ?? path;
  return [...jsTokens(text)]
    .map((token) => {
      const specifier = token.type === 'StringLiteral' ? token.value.slice(1, -1) : '';
      if (!/^\.\.?\//.test(specifier)) return token.value;
      const target = fileOf(root, path, specifier);
      if (target === undefined || (place === path && !moves.has(target))) return token.value;
      const quote = token.value[0];
      return `${quote}${importPath(place, moves.get(target) ?? target).replace(/\.\w+$/, endingOf(specifier))}${quote}`;
    })
    .join('');
}

/** The files of a project that another one names by a relative path. */
export function pathsIn(root: string, path: string, text: string): string[] {
  return [...jsTokens(text)].flatMap((token) => {
    const specifier = token.type === 'StringLiteral' ? token.value.slice(1, -1) : '';
    return /^\.\.?\//.test(specifier) ? (fileOf(root, path, specifier) ?? []) : [];
  });
}

/** A specifier may have the ending of what the compiler makes, or none. */
function fileOf(root: string, from: string, specifier: string): string | undefined {
  const target = posix.join(posix.dirname(from), specifier);
  const stem = target.replace(/\.[cm]?js$/, (ending) => ending.replace('js', 'ts'));
  const candidates = [
    target,
    stem,
    ...['.ts', '.tsx', '.mts', '.js', '.mjs', '.cjs'].map((ending) => target + ending),
  ];
  return candidates.find((candidate) => {
    const file = join(root, candidate);
    return existsSync(file) && statSync(file).isFile();
  });
}

function endingOf(specifier: string): string {
  return /\.[cm]?[jt]sx?$|\.json$/.exec(specifier)?.[0] ?? '';
}
