import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

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
  const pattern = new RegExp(
    `^export\\s+class\\s+([A-Za-z_$][\\w$]*)${base ? `\\s+extends\\s+${base}\\b` : ''}`,
    'gm',
  );
  return sourcesOf(root).flatMap((path) =>
    [...readFileSync(join(root, path), 'utf8').matchAll(pattern)].map((match) => ({
      name: match[1] ?? '',
      path,
    })),
  );
}

function sourcesOf(root: string, folder = 'src'): string[] {
  if (!existsSync(join(root, folder))) return [];
  // Not `recursive`: newer releases of Node.js follow links to folders there, and find the same class twice.
  return readdirSync(join(root, folder), { withFileTypes: true })
    .flatMap((entry) => {
      const path = `${folder}/${entry.name}`;
      if (entry.isDirectory()) return sourcesOf(root, path);
      return entry.isFile() && /(?<!\.test|\.d)\.ts$/.test(entry.name) ? [path] : [];
    })
    .sort();
}
