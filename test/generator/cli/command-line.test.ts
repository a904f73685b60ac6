import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { COMMANDS } from '../../../generator/cli/commands.js';
import { runCommandLine } from '../../../generator/cli/run.js';
import type { Streams } from '../../../generator/commands/context.js';
import { type Ended, emptyFolder, freshProject, generateAlone, treeOf } from '../place/place.js';

/** In this process, as starting hundreds of them proves nothing more; the bin itself is run further down. */
async function runHere(args: readonly string[], cwd: string): Promise<Ended> {
  const said = { stdout: '', stderr: '' };
  const streams: Streams = {
    stdout: (text) => {
      said.stdout += text;
    },
    stderr: (text) => {
      said.stderr += text;
    },
  };
  const code = await runCommandLine(args.includes('--cwd') ? args : [...args, '--cwd', cwd], streams);
  return { code, stdout: said.stdout, stderr: said.stderr.replace(` --cwd ${cwd}`, '') };
}

describe('wrong use is answered by one line on stderr, exit code 2, and an untouched tree', () => {
  test.each<[args: string[], line: RegExp]>([
    [['add', 'worker', 'class'], /reserved word/],
    [['add', 'worker', '../x'], /it is a path/],
    [['add', 'worker'], /<Name> is missing.*run `npx create-mproc-worker add worker OrderMail`/],
    [['add', 'listener', 'X', '--worker', 'Missing'], /"Missing" is no exported worker.*there is Sums/],
    [['add', 'listener', 'X', '--worker', 'Sum'], /did you mean Sums\?/],
    [['add', 'listener', 'X'], /--worker is missing.*add listener X --worker Sums/],
    [['add', 'queue', 'Orders'], /--engine is missing/],
    [['add', 'queue', 'Orders', '--engine', 'sqlit'], /Did you mean sqlite\?/],
    [['add', 'worker', 'X', '--strategy', 'Nope'], /add strategy Nope/],
    [['add', 'worker', 'X', '--events', 'strat'], /Did you mean start\?/],
    [['add', 'worker', 'X', '--args', 'Foo'], /Foo is not known in this project/],
    [['add', 'worker', 'X', 'Y'], /one argument too many: "Y"/],
    [['add', 'wroker', 'X'], /Did you mean create-mproc-worker add worker\?/],
    [['add'], /expected worker, listener, queue, strategy/],
    [['chek'], /did you mean create-mproc-worker check\?/],
    [['undo', '--forse'], /did you mean --force\?/],
    [['add', 'worker', 'X', '--argz', 'number'], /did you mean --args\?/],
    [['add', 'worker', 'X', '--yes=1'], /takes no value/],
    [['add', 'worker', 'X', '--args='], /needs a value/],
    [['undo'], /no change to take back/],
    [['check', '../other'], /outside the project/],
  ])('%j', async (args, line) => {
    const project = freshProject();
    const before = treeOf(project);
    const { code, stdout, stderr } = await runHere(args, project);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      code: 2,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toMatch(line);
    expect(treeOf(project)).toEqual(before);
  });

  test.each<[args: string[], line: RegExp]>([
    [['demo'], /run `npx create-mproc-worker demo --template sums`, or add --yes/],
    [['--yes'], /<dir> is missing.*my-project --yes/],
    [['demo', '--yes', '--template', 'sum'], /Did you mean sums\?/],
    [['de<mo', '--yes'], /de<mo/],
    [['a\nb', '--yes'], /cannot be the folder/],
    [['Ѕums', '--yes'], /cannot be the folder/],
    [['node_modules', '--yes'], /cannot be the name of a project/],
    [['taken', '--yes'], /taken is not empty \(notes\.txt\)/],
    [['linked', '--yes'], /linked is a link/],
    [['file', '--yes'], /file is a file/],
    [['file/below', '--yes'], /file is a file/],
    [['add', 'worker', 'X'], /is not in a project/],
    [['demo', '--yes', '--cwd', 'nowhere/at/all'], /nowhere/],
  ])('making a project: %j', async (args, line) => {
    const folder = emptyFolder();
    mkdirSync(join(folder, 'taken'));
    writeFileSync(join(folder, 'taken', 'notes.txt'), 'mine');
    writeFileSync(join(folder, 'file'), 'mine');
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync('elsewhere', join(folder, 'linked'));
    const before = treeOf(folder);
    const { code, stdout, stderr } = await runHere(args, folder);
    expect({ code, stdout, lines: stderr.trim().split('\n').length }).toEqual({
      code: 2,
      stdout: '',
      lines: 1,
    });
    expect(stderr).toMatch(line);
    expect(treeOf(folder)).toEqual(before);
  });
});

test('the program itself ends with that code, and says that line', () => {
  const project = freshProject();
  const { code, stdout, stderr } = generateAlone(['add', 'worker', 'class'], project);
  expect({ code, stdout }).toEqual({ code: 2, stdout: '' });
  expect(stderr).toMatch(/^"class" cannot be the name of a worker: [^\n]+\n$/);
});

test('under --json a refusal is JSON on stdout as well', () => {
  const { code, stdout } = generateAlone(['add', 'worker', 'class', '--json'], freshProject());
  expect(code).toBe(2);
  expect(JSON.parse(stdout)).toMatchObject({ error: { code: 'ERR_NAME' }, written: false });
});

test('in CI nothing is asked and nothing taken for granted', () => {
  const { code, stderr } = generateAlone(['demo'], emptyFolder(), { CI: 'true' });
  expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringContaining('--template') });
});

test.each(COMMANDS.map((command) => [command.words] as const))(
  'help of %j names every flag and has examples',
  (words) => {
    const { code, stdout } = generateAlone([...words, '--help'], emptyFolder());
    expect(code).toBe(0);
    const command = COMMANDS.find((candidate) => candidate.words === words);
    for (const option of command?.options ?? []) expect(stdout).toContain(option.name);
    for (const example of command?.examples ?? []) expect(stdout).toContain(example);
  },
);

test('--version is that of the package', () => {
  expect(generateAlone(['--version'], emptyFolder()).stdout).toMatch(/^\d+\.\d+\.\d+\n$/);
});
