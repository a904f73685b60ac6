import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { UsageError } from '../output/failure.js';
import { findProject } from '../project/find-project.js';
import { packageManagerOf } from '../project/package-manager.js';
import { changing, needsRecovery } from '../writer/commit.js';
import { lastChange } from '../writer/undo.js';
import { carryOut, changesDependencies, conclude } from './carry-out.js';
import type { Context } from './context.js';

export const UNDO: CommandSpec = {
  words: ['undo'],
  about: 'takes the last change back, where its files were not touched since; with --force also then',
  options: [],
  examples: ['npx create-mproc-worker undo', 'npx create-mproc-worker undo --dry-run'],
  run: undo,
};

async function undo(context: Context, _answers: Answers): Promise<number> {
  const root = findProject(context.cwd);
  // What was interrupted counts as the last change, once it is finished.
  if (needsRecovery(root) && !context.dryRun) changing(root, () => {}, context.warn);
  const takingBack = () => {
    const change = lastChange(root, context.force);
    if (change) return change;
    throw new UsageError(
      'ERR_NOTHING_TO_UNDO',
      `there is no change to take back in ${root}: a project that was made whole is taken back by deleting its folder`,
    );
  };
  const { of } = takingBack();
  const outcome = carryOut(
    context,
    () => ({ command: 'undo', root, files: takingBack().files }),
    () => {
      const { emptyFolders = [], takesBack, keeps } = takingBack();
      return { emptyFolders, ...(takesBack ? { takesBack } : {}), ...(keeps ? { keeps } : {}) };
    },
  );
  context.say(`Takes back: ${of}`);
  const manager = packageManagerOf(root, context.environment);
  conclude(context, outcome, changesDependencies(outcome.plan.files) ? [manager.install.join(' ')] : []);
  return 0;
}
