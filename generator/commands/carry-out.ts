import { UsageError } from '../output/failure.js';
import { planData, planLines, summaryOf } from '../output/print-plan.js';
import { changesOf, conflictsOf, type Plan, type PlannedFile } from '../plan/plan.js';
import { changing, needsRecovery } from '../writer/commit.js';
import type { Change } from '../writer/journal.js';
import type { Context } from './context.js';

export interface Outcome {
  readonly plan: Plan;
  /** Whether the disk was changed. */
  readonly written: boolean;
}

/**
 * Shows a plan, or writes it whole. It is made once more under the lock, as another run may have changed the project.
 */
export function carryOut(
  context: Context,
  makePlan: () => Plan,
  change: (plan: Plan) => Partial<Change> = () => ({}),
): Outcome {
  const plan = makePlan();
  const root = plan.root;
  if (context.dryRun) {
    if (needsRecovery(root))
      context.warn('an earlier run was interrupted; the next one that writes finishes it first');
    return { plan, written: false };
  }
  refuseConflicts(plan, context);
  if (changesOf(plan).length === 0 && !needsRecovery(root)) return { plan, written: false };
  return changing(
    root,
    (write) => {
      const current = makePlan();
      refuseConflicts(current, context);
      const files = changesOf(current);
      if (files.length > 0) write({ command: current.command, files, ...change(current) });
      return { plan: current, written: files.length > 0 };
    },
    context.warn,
  );
}

export function refuseConflicts(plan: Plan, context: Context): void {
  const conflicts = conflictsOf(plan);
  if (conflicts.length === 0) return;
  const canForce = !context.force && conflicts.every((file) => file.before);
  const named = conflicts.slice(0, 3).map((file) => `${file.path} (${file.reason})`);
  const more = conflicts.length > 3 ? `, and ${conflicts.length - 3} more` : '';
  const other = plan.command === 'undo' ? 'take it back by hand' : 'choose another name';
  const wayOut = canForce ? `look with --dry-run, ${other}, or overwrite with --force` : other;
  throw new UsageError(
    'ERR_CONFLICT',
    `nothing was written, as something is in the way: ${named.join(', ')}${more}; ${wayOut}`,
  );
}

/** Tells what was done, or would be; what follows is told by `tellNext`, after all that there is still to do. */
export function tell(context: Context, outcome: Outcome, nextSteps: readonly string[]): void {
  const { plan, written } = outcome;
  context.data(planData(plan, { dryRun: context.dryRun, written, nextSteps }));
  for (const line of planLines(plan, context.colours, { diffs: context.dryRun })) context.say(line);
  context.say('');
  context.say(closing(context, outcome));
}

export function tellNext(context: Context, { written }: Outcome, nextSteps: readonly string[]): void {
  if (!written || nextSteps.length === 0) return;
  context.say('\nNext:');
  for (const step of nextSteps) context.say(`  ${context.colours.cyan(step)}`);
}

export function conclude(context: Context, outcome: Outcome, nextSteps: readonly string[]): void {
  tell(context, outcome, nextSteps);
  tellNext(context, outcome, nextSteps);
}

function closing(context: Context, { plan, written }: Outcome): string {
  const { bold } = context.colours;
  if (conflictsOf(plan).length > 0)
    return bold('Something is in the way: a run would refuse this and write nothing.');
  if (changesOf(plan).length === 0) return bold('Nothing to change: everything is there already.');
  const summary = summaryOf(plan);
  return bold(written ? `Done: ${summary}.` : `Dry run: a run would leave ${summary}. Nothing was written.`);
}

/** Whether a plan changes the dependencies of its project. */
export function changesDependencies(files: readonly PlannedFile[]): boolean {
  return files.some((file) => file.path === 'package.json' && file.action === 'edit');
}
