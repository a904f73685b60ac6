import { isAbsolute, relative, resolve } from 'node:path';
import type { Answers } from '../cli/answers.js';
import type { CommandSpec } from '../cli/schema.js';
import { UsageError } from '../output/failure.js';
import { findProject } from '../project/find-project.js';
import type { Context } from './context.js';

const FORMATS = ['pretty', 'json', 'sarif', 'github'] as const;

export const CHECK: CommandSpec = {
  words: ['check'],
  about: 'checks that workers, listeners, queues and strategies keep their contracts',
  options: [
    { name: 'path', type: 'list', positional: true, about: 'files or folders to report about (all)' },
    { name: 'fix', type: 'boolean', about: 'repair what can be repaired; with --dry-run, show it as a diff' },
    {
      name: 'fix-suggested',
      type: 'boolean',
      about: 'repair also what may change what the code does, such as an `await` that is missing',
    },
    {
      name: 'format',
      type: 'string',
      choices: () => FORMATS.map((value) => ({ value })),
      about: 'how findings are printed',
      example: 'json',
    },
    { name: 'watch', type: 'boolean', about: 'check again whenever a file changes' },
  ],
  examples: [
    'npx create-mproc-worker check',
    'npx create-mproc-worker check src/workers --fix',
    'npx create-mproc-worker check --format sarif > findings.sarif',
  ],
  run: check,
};

async function check(context: Context, answers: Answers): Promise<number> {
  const root = findProject(context.cwd);
  const { runCheck } = await import('../checker/index.js');
  return await runCheck({
    root,
    paths: ((answers.path ?? []) as readonly string[]).map((path) => belowRoot(root, context.cwd, path)),
    fix: answers.fix === true,
    fixSuggested: answers['fix-suggested'] === true,
    dryRun: context.dryRun,
    format: formatOf(context, answers),
    watch: answers.watch === true,
  });
}

function formatOf(context: Context, answers: Answers): (typeof FORMATS)[number] {
  const typed = FORMATS.find((format) => format === answers.format);
  return typed ?? (context.json ? 'json' : 'pretty');
}

function belowRoot(root: string, cwd: string, path: string): string {
  const absolute = resolve(cwd, path);
  const below = relative(root, absolute);
  if (below.startsWith('..') || isAbsolute(below))
    throw new UsageError('ERR_PATH', `${path} is outside the project ${root}: give a file or folder of it`);
  return absolute;
}
