import { readdirSync } from 'node:fs';
import { join } from 'node:path';

/**
 * Every path below a folder, sorted. Enters no link and nothing that it leaves out: `readdirSync` with `recursive` follows
 * a link to `node_modules`, reads some ten thousand folders there, and fails when another process removes one meanwhile.
 */
export function pathsBelow(folder: string, without = /^node_modules$/): string[] {
  const paths: string[] = [];
  const read = (below: string): void => {
    for (const entry of readdirSync(join(folder, below), { withFileTypes: true })) {
      const path = below === '' ? entry.name : `${below}/${entry.name}`;
      if (without.test(path)) continue;
      paths.push(path);
      if (entry.isDirectory()) read(path);
    }
  };
  read('');
  return paths.sort();
}
