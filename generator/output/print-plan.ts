import { createTwoFilesPatch } from 'diff';
import { MANIFEST_PATH } from '../plan/manifest.js';
import type { Action, Plan, PlannedFile } from '../plan/plan.js';
import { changesOf } from '../plan/plan.js';
import type { Colours } from './colours.js';

const COLOUR: Record<Action, (colours: Colours) => (text: string) => string> = {
  create: (colours) => colours.green,
  edit: (colours) => colours.yellow,
  overwrite: (colours) => colours.red,
  delete: (colours) => colours.red,
  unchanged: (colours) => colours.dim,
  kept: (colours) => colours.dim,
  conflict: (colours) => colours.red,
};

/** One line a file; with `diffs` what changes in files that are there already. */
export function planLines(plan: Plan, colours: Colours, options: { diffs: boolean }): string[] {
  return plan.files.flatMap((file) => [
    `  ${COLOUR[file.action](colours)(file.action.padEnd(9))}  ${file.path}${file.reason ? colours.dim(` (${file.reason})`) : ''}`,
    ...(options.diffs && showsDiff(file) ? diffLines(file, colours) : []),
  ]);
}

/** The manifest is bookkeeping: hashes tell a reader nothing. */
function showsDiff({ action, path }: PlannedFile): boolean {
  return (action === 'edit' || action === 'overwrite') && path !== MANIFEST_PATH;
}

function diffLines(file: PlannedFile, colours: Colours): string[] {
  const before = file.before?.toString('utf8') ?? '';
  const patch = createTwoFilesPatch('before', 'after', before, file.contents?.toString('utf8') ?? '');
  const hunks = patch.slice(patch.indexOf('@@'));
  return hunks
    .trimEnd()
    .split('\n')
    .map((line) => `    ${diffLineColour(line, colours)(line.replace(/\r$/, ''))}`);
}

export function diffLineColour(line: string, colours: Colours): (text: string) => string {
  if (line.startsWith('+')) return colours.green;
  if (line.startsWith('-')) return colours.red;
  return line.startsWith('@@') ? colours.cyan : colours.dim;
}

/** The plan for programs. */
export function planData(
  plan: Plan,
  run: { dryRun: boolean; written: boolean; nextSteps: readonly string[] },
): object {
  return {
    command: plan.command,
    root: plan.root,
    dryRun: run.dryRun,
    written: run.written,
    files: plan.files.map(({ path, action, reason, conflicts }) => ({
      path,
      action,
      ...(reason ? { reason } : {}),
      ...(conflicts ? { conflicts } : {}),
    })),
    nextSteps: run.nextSteps,
  };
}

/** `3 files created, 1 edited` */
export function summaryOf(plan: Plan): string {
  const changes = changesOf(plan);
  const words: [Action, string][] = [
    ['create', 'created'],
    ['edit', 'edited'],
    ['overwrite', 'overwritten'],
    ['delete', 'deleted'],
  ];
  return words
    .map(([action, word]) => [changes.filter((file) => file.action === action).length, word] as const)
    .filter(([count]) => count > 0)
    .map(([count, word], index) => `${count}${index === 0 ? (count === 1 ? ' file' : ' files') : ''} ${word}`)
    .join(', ');
}
