import { spawnSync } from 'node:child_process';
import type { PackageManager } from '../project/package-manager.js';
import type { Context } from './context.js';

/** Installs a project's dependencies. Its output goes to stderr, so that stdout stays ours. @returns the exit code */
export function install(context: Context, root: string, manager: PackageManager): number {
  const [program = 'npm', ...args] = manager.install;
  context.say(`\n${manager.install.join(' ')}`);
  const run = spawnSync(program, args, { cwd: root, stdio: ['ignore', 2, 2] });
  if (run.status === 0) return 0;
  const how = run.error
    ? run.error.message
    : run.signal
      ? `ended by ${run.signal}`
      : `exit code ${run.status}`;
  context.warn(
    `the files are written, but \`${manager.install.join(' ')}\` failed (${how}); run it again in ${root}`,
  );
  return 1;
}
