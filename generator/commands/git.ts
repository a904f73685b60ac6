import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { Context } from './context.js';

/** A hook or a signing program that asks must not hold up a project that is there already. */
const GIT_TIMEOUT_MS = 60_000;

/**
 * Makes a repository of a new project, with a first commit. Whatever git lacks, the project is none the worse for it:
 * no git, no repository; no identity, no commit.
 */
export function initRepository(context: Context, root: string): void {
  if (existsSync(join(root, '.git')) || git(root, 'rev-parse', '--is-inside-work-tree').ok) return;
  const made = git(root, 'init', '--quiet');
  if (!made.ok) {
    context.warn(`no git repository was made: ${made.why}`);
    return;
  }
  const committed = ['add', 'commit'].every((step) =>
    step === 'add'
      ? git(root, 'add', '--all').ok
      : git(root, '-c', 'commit.gpgsign=false', 'commit', '--quiet', '--message', 'Create the project').ok,
  );
  if (committed) context.say('git: a repository with a first commit');
  else
    context.say(
      'git: a repository without a commit, as git could not make one (has it a user.name and user.email?)',
    );
}

function git(root: string, ...args: string[]): { ok: boolean; why: string } {
  const run = spawnSync('git', args, {
    cwd: root,
    encoding: 'utf8',
    timeout: GIT_TIMEOUT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, GIT_TERMINAL_PROMPT: '0' },
  });
  const why = run.error ? run.error.message : (run.stderr?.trim().split('\n')[0] ?? '');
  return { ok: run.status === 0, why };
}
