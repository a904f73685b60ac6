import { existsSync } from 'node:fs';
import { join } from 'node:path';

/** Where a program is: in one of the folders, or else on the PATH. */
export function findProgram(name: string, folders: readonly string[] = []): string | undefined {
  const path = (process.env.PATH ?? '').split(':');
  return [...folders, ...path].map((folder) => join(folder, name)).find((file) => existsSync(file));
}
