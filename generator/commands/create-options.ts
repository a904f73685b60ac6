import { resolve } from 'node:path';
import { parseName } from '../answers/names.js';
import { checkFolder } from '../answers/package-name.js';
import type { Answers } from '../cli/answers.js';
import type { OptionSpec } from '../cli/schema.js';
import { PACKAGE_MANAGERS, packageManagerInUse, workspaceAround } from '../project/package-manager.js';
import { ABOUT_TEMPLATE, PROJECT_TEMPLATES, queueEngines } from '../templates/engines.js';
import { isOwnTemplate } from '../templates/project-template.js';

export const CREATE_OPTIONS: readonly OptionSpec[] = [
  {
    name: 'dir',
    type: 'string',
    positional: true,
    required: true,
    question: 'Where shall the project be?',
    example: 'my-project',
    about: 'the folder of the project; its last part is the name of the package',
    check: checkFolder,
  },
  {
    name: 'template',
    type: 'string',
    required: true,
    question: 'What does it begin with?',
    fallback: () => 'sums',
    choices: () => PROJECT_TEMPLATES.map((value) => ({ value, about: ABOUT_TEMPLATE[value] })),
    others: isOwnTemplate,
    about: 'what the project begins with (sums); a ./folder, @team/package or npm:package of your own',
    example: 'sums',
  },
  {
    name: 'queue',
    type: 'string',
    placeholder: '<engine>',
    question: 'What keeps the jobs?',
    fallback: () => 'none',
    choices: () => [
      { value: 'none', about: "the pool's own shared memory" },
      ...queueEngines().map((value) => ({ value })),
    ],
    about: 'a queue from the start, over which src/main.ts and src/host.ts work (none)',
    example: 'sqlite',
  },
  {
    name: 'strategy',
    type: 'string',
    placeholder: '<Name>',
    about: 'a retry strategy of your own from the start, which the worker has',
    example: 'Patient',
    check: (value) => void parseName('strategy', value),
  },
  {
    name: 'pm',
    type: 'string',
    choices: () => PACKAGE_MANAGERS.map(({ id }) => ({ value: id })),
    fallback: (answers, environment) =>
      (workspaceAround(folderOf(answers))?.manager ?? packageManagerInUse(environment)).id,
    about: 'the package manager (that of the workspace around it, else the one that runs this)',
    example: 'npm',
  },
  {
    name: 'install',
    type: 'boolean',
    negatable: true,
    question: 'Install the dependencies?',
    about: 'install the dependencies (asked on a terminal, else no)',
  },
  {
    name: 'git',
    type: 'boolean',
    negatable: true,
    fallback: () => true,
    about: 'make a git repository (yes)',
  },
  {
    name: 'runtime',
    type: 'string',
    placeholder: '<spec>',
    about: 'where mproc-worker comes from: a version, file: or a URL (the version of this generator)',
    example: 'file:../mproc-worker/runtime',
  },
];

function folderOf({ cwd, dir }: Answers): string {
  return resolve(String(cwd ?? '.'), String(dir ?? '.'));
}
