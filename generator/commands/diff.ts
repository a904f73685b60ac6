import { relative, resolve } from 'node:path';
import { createTwoFilesPatch } from 'diff';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { UsageError } from '../output/failure.js';
import { diffLineColour } from '../output/print-plan.js';
import { findProject } from '../project/find-project.js';
import { ownPackage } from '../project/own-package.js';
import { prepareUpdate, type TemplateFile } from '../update/prepare.js';
import type { Context } from './context.js';
import { manifestOf } from './update.js';

export const DIFF: CommandSpec = {
  words: ['diff'],
  about: 'shows what you changed in generated files, and what an update would change in them, apart',
  options: [{ name: 'file', type: 'string', positional: true, about: 'one file (all that differ)' }],
  examples: [
    'npx create-mproc-worker@latest diff',
    'npx create-mproc-worker@latest diff src/workers/sums.worker.ts',
  ],
  run: diff,
};

interface Difference {
  readonly path: string;
  readonly version: string;
  /** From what was once written to what is there now. */
  readonly yours: string;
  /** From what was once written to what this version gives. */
  readonly new: string;
}

async function diff(context: Context, answers: Answers): Promise<number> {
  const root = findProject(context.cwd);
  const { files, lost } = await prepareUpdate(root, manifestOf(root));
  const wanted = typeof answers.file === 'string' ? pathIn(root, context.cwd, answers.file) : undefined;
  const shown = files.filter(({ path }) => wanted === undefined || path === wanted);
  if (wanted !== undefined && shown.length === 0)
    throw new UsageError(
      'ERR_FILE',
      `${answers.file} is no file that this generator made: it made ${files.map(({ path }) => path).join(', ')}`,
    );
  for (const { name, why } of lost) context.warn(`${name} is not compared: ${why}`);
  const differences = shown.flatMap(differenceOf).filter((one) => one.yours !== '' || one.new !== '');
  context.data({ root, files: differences });
  for (const difference of differences) show(context, difference);
  if (differences.length === 0) context.say('No generated file differs from what this version makes.');
  return 0;
}

function pathIn(root: string, cwd: string, typed: string): string {
  return relative(root, resolve(cwd, typed)).replaceAll('\\', '/');
}

/** Where a person changed nothing, what is there is what was once written. */
function differenceOf({ path, yours, fresh, base }: TemplateFile): Difference[] {
  if (yours === undefined && fresh === undefined) return [];
  const present = yours?.toString('utf8') ?? '';
  const before = base?.text ?? present;
  return [
    {
      path,
      version: base?.version ?? '',
      yours: yours === undefined ? '' : patch(before, present),
      new: patch(before, fresh ?? ''),
    },
  ];
}

function patch(before: string, after: string): string {
  if (before === after) return '';
  const text = createTwoFilesPatch('before', 'after', before, after, undefined, undefined, {
    stripTrailingCr: true,
  });
  return text.includes('@@') ? text.slice(text.indexOf('@@')).trimEnd() : '';
}

function show(context: Context, { path, yours, new: fresh, version }: Difference): void {
  const { bold, dim } = context.colours;
  context.say(bold(path));
  const sides = [
    [`  base${version ? ` (${version})` : ''} → yours`, yours],
    [`  base${version ? ` (${version})` : ''} → new (${ownPackage().version})`, fresh],
  ] as const;
  for (const [title, text] of sides) {
    context.say(text === '' ? dim(`${title}: no change`) : title);
    for (const line of text.split('\n').filter((one) => one !== ''))
      context.say(`    ${diffLineColour(line, context.colours)(line)}`);
  }
  context.say('');
}
