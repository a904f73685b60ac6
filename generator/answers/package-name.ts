import { basename, dirname } from 'node:path';
import validate from 'validate-npm-package-name';
import { shown, UsageError } from '../output/failure.js';
import { kebab, withoutAccents } from './case.js';

/**
 * Makes the package's name from the folder's: as it is where npm takes it, else in kebab-case. A folder in one that is
 * called as a scope is, `@scope/pkg`, is a package of that scope.
 */
export function packageNameOf(folder: string): string {
  const name = unscopedNameOf(folder);
  const scoped = `${basename(dirname(folder))}/${name}`;
  return scoped.startsWith('@') && validate(scoped).validForNewPackages ? scoped : name;
}

function unscopedNameOf(folder: string): string {
  const typed = withoutAccents(basename(folder));
  const verdict = validate(typed.toLowerCase());
  // A name that npm keeps for itself is no better in another spelling.
  const isKept = [...(verdict.errors ?? []), ...(verdict.warnings ?? [])].find((why) =>
    /not a valid|core module/.test(why),
  );
  const name = [typed, kebab(typed.replace(/[^A-Za-z0-9._-]+/g, '-'))].find(
    (one) => validate(one).validForNewPackages,
  );
  if (name !== undefined && !isKept) return name;
  throw new UsageError(
    'ERR_PACKAGE_NAME',
    `${shown(typed)} cannot be the name of a project: ${isKept ?? verdict.errors?.[0] ?? 'npm does not allow it'}. Choose a folder like my-project.`,
  );
}

/** Refuses folder names that a shell, a file system or npm would stumble over. */
export function checkFolder(typed: string): void {
  const odd = [...withoutAccents(typed)].find((c) => c < ' ' || c > '\u007e');
  if (typed === '' || odd || /["'`<>|*?:;&$!{}]/.test(typed))
    throw new UsageError(
      'ERR_FOLDER',
      `${shown(typed)} cannot be the folder of a project: letters, digits, -, _, . and / are safe. Choose one like my-project.`,
    );
}
