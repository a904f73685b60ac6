import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

export const ROOT = fileURLToPath(new URL('../..', import.meta.url));

/** Every file that belongs to the repository, new ones that nobody ignored included. */
export function repositoryFiles(): string[] {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: ROOT,
    encoding: 'utf8',
  });
  return listed.split('\0').filter((path) => path !== '' && contentIfAny(path) !== undefined);
}

export function content(path: string): string {
  return readFileSync(`${ROOT}${path}`, 'utf8');
}

/** A listed file may be deleted and not yet committed so. */
function contentIfAny(path: string): string | undefined {
  try {
    return content(path);
  } catch {
    return undefined;
  }
}
