import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { sourcesOf } from './sources.js';

/** A class that a file of the project exports. */
export interface FoundClass {
  readonly name: string;
  /** Below the project, with `/`. */
  readonly path: string;
}

/**
 * Finds classes by their text, which is quick and needs no compiler; what is done with one is done by ts-morph.
 * @param base only those that extend it
 */
export function exportedClasses(root: string, base?: string): FoundClass[] {
  const extending = base ? `\\s+extends\\s+(?:[\\w$]+\\.)?${base}\\b` : '';
  const pattern = new RegExp(
    `^(export\\s+)?class\\s+([\\p{ID_Start}$_][\\p{ID_Continue}$]*)${extending}`,
    'gmu',
  );
  return sourcesOf(root)
    .filter((path) => !/\.test\.\w+$/.test(path))
    .flatMap((path) => {
      const text = readFileSync(join(root, path), 'utf8').replace(/^\ufeff/, '');
      return [...text.matchAll(pattern)]
        .filter(([, exported, name = '']) => exported !== undefined || isExportedLater(text, name))
        .map(([, , name = '']) => ({ name, path }));
    });
}

/** As `export { Sums }`, `module.exports = { Sums }` or `exports.Sums = Sums` say it. */
function isExportedLater(text: string, name: string): boolean {
  const escaped = name.replaceAll('$', '\\$');
  return new RegExp(
    `^export\\s*\\{[^}]*\\b${escaped}\\b|^(?:module\\.)?exports(?:\\.[\\w$]+)?\\s*=[^;]*?\\b${escaped}\\b`,
    'mu',
  ).test(text);
}
