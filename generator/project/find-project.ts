import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { UsageError } from '../output/failure.js';
import { MANIFEST_PATH } from '../plan/manifest.js';

/** The nearest folder, from the given one upwards, that is a project of ours or depends on the runtime. */
export function findProject(from: string): string {
  let folder = realpathSync(from);
  while (!isProject(folder)) {
    const above = dirname(folder);
    if (above === folder)
      throw new UsageError(
        'ERR_NO_PROJECT',
        `${from} is not in a project that uses mproc-worker: make one with \`npm create mproc-worker@latest my-project\`, or give --cwd`,
      );
    folder = above;
  }
  return folder;
}

function isProject(folder: string): boolean {
  if (existsSync(join(folder, MANIFEST_PATH))) return true;
  try {
    const manifest = JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as Record<
      string,
      Record<string, string> | undefined
    >;
    return ['dependencies', 'devDependencies'].some((kind) => manifest[kind]?.['mproc-worker'] !== undefined);
  } catch {
    return false;
  }
}
