import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const RELATIVE = /(\bfrom ['"]\.\.?\/[^'"\n]*)\.ts(?=['"])/g;

/** Do files of this project import each other as they are, with `.ts`, and not by what the compiler makes of them? */
export function importsTypescript(root: string): boolean {
  const path = join(root, 'tsconfig.json');
  return (
    !existsSync(path) ||
    /"(rewriteRelative|allow)Import\w*Extensions"\s*:\s*true/.test(readFileSync(path, 'utf8'))
  );
}

/** Gives the text of a template, which imports with `.ts`, the project's own way. */
export function importStyle(root: string): (text: string) => string {
  return importsTypescript(root) ? (text) => text : (text) => text.replace(RELATIVE, '$1.js');
}

/** How one file of `src` imports another: `../workers/sums.worker.ts`. */
export function importPath(root: string, from: string, to: string): string {
  const above = from.split('/').slice(0, -1);
  const target = (importsTypescript(root) ? to : to.replace(/\.ts$/, '.js')).split('/');
  let shared = 0;
  while (shared < above.length && above[shared] === target[shared]) shared++;
  const up = above.length - shared;
  return `${up === 0 ? './' : '../'.repeat(up)}${target.slice(shared).join('/')}`;
}
