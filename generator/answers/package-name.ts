import { basename } from 'node:path';
import validate from 'validate-npm-package-name';
import { shown, UsageError } from '../output/failure.js';
import { kebab } from './case.js';

/** Makes the package's name from the folder's, as npm wants it. */
export function packageNameOf(folder: string): string {
  const typed = basename(folder);
  const name = /^[\x20-\x7e]*$/.test(typed) ? kebab(typed.replace(/[^A-Za-z0-9._-]+/g, '-')) : typed;
  const verdict = validate(name);
  if (verdict.validForNewPackages) return name;
  const problem = verdict.errors?.[0] ?? verdict.warnings?.[0] ?? 'npm does not allow it';
  throw new UsageError(
    'ERR_PACKAGE_NAME',
    `${shown(typed)} cannot be the name of a project: ${problem}. Choose a folder like my-project.`,
  );
}

/** Refuses folder names that a shell, a file system or npm would stumble over. */
export function checkFolder(typed: string): void {
  const odd = [...typed].find((c) => c < ' ' || c > '\u007e');
  if (typed === '' || odd || /["'`<>|*?:;&$!{}]/.test(typed))
    throw new UsageError(
      'ERR_FOLDER',
      `${shown(typed)} cannot be the folder of a project: letters, digits, -, _, . and / are safe. Choose one like my-project.`,
    );
}
