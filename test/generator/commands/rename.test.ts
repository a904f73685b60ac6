import {
  appendFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { CompiledTogether } from '../place/compiled-together.js';
import { CHECKOUT, emptyFolder, freshProject, generate, treeOf } from '../place/place.js';

function succeed(project: string, ...args: string[]): string {
  const { code, stdout, stderr } = generate(args, project);
  expect({ args, code, stderr }).toEqual({ args, code: 0, stderr: '' });
  return stdout;
}

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

/** What the tests below have made must compile: the last of them says whether. */
const made = new CompiledTogether();

let pristine: string | undefined;
afterAll(() => {
  if (pristine !== undefined) rmSync(pristine, { recursive: true, force: true });
});

/** A project with one of everything, installed. */
function fullProject(): string {
  if (pristine === undefined) {
    pristine = mkdtempSync(join(tmpdir(), 'generator-full-'));
    cpSync(makeFullProject(), pristine, { recursive: true, verbatimSymlinks: true });
  }
  const project = join(emptyFolder(), 'demo');
  cpSync(pristine, project, { recursive: true, verbatimSymlinks: true });
  return project;
}

function makeFullProject(): string {
  const project = freshProject();
  symlinkSync(join(CHECKOUT, 'node_modules'), join(project, 'node_modules'));
  succeed(project, 'add', 'worker', 'media/Resize', '--events', 'failed', '--args', 'string');
  succeed(project, 'add', 'listener', 'Audit', '--worker', 'Resize', '--events', 'failed');
  succeed(project, 'add', 'strategy', 'Patient');
  succeed(project, 'add', 'worker', 'Mail', '--strategy', 'Patient');
  succeed(project, 'add', 'worker', 'shrink', '--function');
  // One that has files beside it.
  succeed(project, 'add', 'queue', 'Orders', '--engine', 'sqlite', '--no-install');
  succeed(project, 'add', 'worker', 'media/deep/numbers', '--from', 'src/chunks.ts#numbersTo');
  return project;
}

test('what is added to a folder is found from there, and is added once', () => {
  const project = fullProject();
  made.keep(project, 'all added');
  expect(read(project, 'src/workers/media/resize.worker.ts')).toContain(
    "'../../listeners/media/resize.listeners.ts'",
  );
  expect(read(project, 'src/workers/media/deep/numbers.worker.ts')).toContain("'../../../chunks.ts'");
  const before = treeOf(project);
  succeed(project, 'add', 'worker', 'media/Resize', '--events', 'failed', '--args', 'string');
  expect(treeOf(project)).toEqual(before);
  expect(generate(['add', 'worker', 'other/Resize'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('there is a worker Resize in src/workers/media/resize.worker.ts'),
  });
});

const CHANGES = [
  ['rename', 'worker', 'Resize', 'Thumb'],
  ['rename', 'worker', 'media/Resize', 'other/Thumb'],
  ['rename', 'worker', 'Sums', 'Totals'],
  ['rename', 'worker', 'shrink', 'squeeze'],
  ['rename', 'strategy', 'Patient', 'Calm'],
  ['rename', 'queue', 'Orders', 'Bills'],
  ['rename', 'listener', 'Audit', 'media/Journal'],
  ['move', 'worker', 'Resize', '.'],
  ['move', 'worker', 'numbers', 'far'],
  ['move', 'queue', 'Orders', 'far/away'],
  ['move', 'strategy', 'Patient', 'far'],
];

test('after every rename and move an update finds nothing; undo restores each', () => {
  const project = fullProject();
  succeed(project, 'update');
  const trees = [treeOf(project)];
  for (const [command = '', ...args] of CHANGES.filter(
    ([, , name]) => name !== 'media/Resize' && name !== 'numbers',
  )) {
    // Later ones meet what earlier ones have renamed.
    const [kind = '', name = '', to = ''] = args;
    const present = command === 'move' ? { Resize: 'Thumb', Orders: 'Bills', Patient: 'Calm' }[name] : name;
    succeed(project, command, kind, present ?? name, to);
    made.keep(project, [command, ...args].join(' '));
    trees.push(treeOf(project));
    const updated = JSON.parse(succeed(project, 'update', '--dry-run', '--json')) as {
      files: { path: string; action: string }[];
    };
    const written = updated.files
      .filter(({ action }) => !['unchanged', 'kept'].includes(action))
      .map(({ path }) => path)
      // It notes how files came about, which a rename does not.
      .filter((path) => path !== '.mproc/manifest.json');
    expect({ command, args, written }).toEqual({ command, args, written: [] });
  }
  for (const tree of trees.slice(0, -1).reverse()) {
    succeed(project, 'undo');
    expect(treeOf(project)).toEqual(tree);
  }
});

test.each(CHANGES)(
  '%s %s %s %s is shown by a dry run as it is done, and leaves nothing of the old name',
  (...args) => {
    const [command, , name = ''] = args;
    const project = fullProject();
    const before = treeOf(project);
    const shown = JSON.parse(succeed(project, ...args, '--dry-run', '--json'));
    expect(treeOf(project)).toEqual(before);
    const done = JSON.parse(succeed(project, ...args, '--json'));
    expect(done.files).toEqual(shown.files);
    made.keep(project, args.join(' '));
    const bare = name.split('/').at(-1) ?? '';
    const manifest = JSON.parse(read(project, '.mproc/manifest.json'));
    const names = manifest.added.map((one: { name: string }) => one.name) as string[];
    if (command === 'rename') expect(names.filter((one) => one.endsWith(bare))).toEqual([]);
    const files = Object.keys(treeOf(project)).filter((path) => /\.ts$/.test(path));
    const named = files.filter((path) =>
      new RegExp(`\\b${bare}(?:Queue|Engine)?\\b`).test(read(project, path)),
    );
    if (command === 'rename') expect(named).toEqual([]);
  },
);

test('a rename follows into what a person wrote: uses, mocks, comments at the end of lines, other line ends', () => {
  const project = fullProject();
  const user = [
    "import { Resize as Small } from '../src/workers/media/resize.worker.js'; // Resize",
    "import type { Resize } from '../src/workers/media/resize.worker.ts';",
    "export const lazy = () => import('../src/workers/media/resize.worker.ts');",
    "mock('../src/workers/media/resize.worker');",
    "export const text = 'Resize';",
    'export const resize: Resize = new Small();',
    '',
  ].join('\r\n');
  mkdirSync(join(project, 'test'));
  writeFileSync(join(project, 'test/user.ts'), user);
  appendFileSync(join(project, 'src/workers/media/resize.worker.ts'), '// Resize is mine\n');
  succeed(project, 'rename', 'worker', 'Resize', 'pictures/Thumb');
  expect(read(project, 'test/user.ts').split('\r\n')).toEqual([
    "import { Thumb as Small } from '../src/workers/pictures/thumb.worker.js'; // Resize",
    "import type { Thumb } from '../src/workers/pictures/thumb.worker.ts';",
    "export const lazy = () => import('../src/workers/pictures/thumb.worker.ts');",
    "mock('../src/workers/pictures/thumb.worker');",
    "export const text = 'Resize';",
    'export const resize: Thumb = new Small();',
    '',
  ]);
  expect(read(project, 'src/workers/pictures/thumb.worker.ts')).toContain('// Thumb is mine\n');
  expect(existsSync(join(project, 'src/workers/media/resize.worker.ts'))).toBe(false);
  expect(existsSync(join(project, 'src/listeners/media'))).toBe(false);
});

test('removing takes the tests and listeners of a worker, unbinds a listener, and refuses what is used or changed', () => {
  const project = fullProject();
  const before = treeOf(project);
  expect(generate(['remove', 'strategy', 'Patient'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('Patient is used in src/workers/mail.worker.ts'),
  });
  expect(generate(['remove', 'worker', 'Sums'], project).stderr).toContain('src/main.ts');
  succeed(project, 'remove', 'listener', 'Audit');
  expect(read(project, 'src/workers/media/resize.worker.ts')).toContain('listeners = [resizeListeners];');
  made.keep(project, 'listener removed');
  succeed(project, 'undo');
  expect(treeOf(project)).toEqual(before);
  succeed(project, 'remove', 'worker', 'Resize');
  made.keep(project, 'worker removed');
  expect(Object.keys(treeOf(project)).filter((path) => /resize|audit/.test(path))).toEqual([]);
  const manifest = JSON.parse(read(project, '.mproc/manifest.json'));
  expect(manifest.added.map(({ name }: { name: string }) => name)).not.toContain('Audit');
  appendFileSync(join(project, 'src/workers/mail.worker.ts'), '// mine\n');
  expect(generate(['remove', 'worker', 'Mail'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('src/workers/mail.worker.ts (you changed it)'),
  });
  succeed(project, 'remove', 'worker', 'Mail', '--force');
  succeed(project, 'remove', 'strategy', 'Patient');
  made.keep(project, 'strategy removed');
  for (let step = 0; step < 3; step++) succeed(project, 'undo');
  expect(read(project, 'src/workers/mail.worker.ts')).toContain('// mine');
});

test.each([
  [['rename', 'worker', 'Sum', 'Totals'], /"Sum" is no worker of this project; did you mean Sums\?/],
  [['rename', 'worker', 'Sums', 'class'], /reserved word/],
  [['rename', 'worker', 'Sums', 'Mail'], /there is a class Mail in src\/workers\/mail\.worker\.ts already/],
  [['move', 'worker', 'Sums', '../..'], /it is a path/],
  [['rename', 'thing', 'Sums', 'Mail'], /--kind: expected worker, listener, queue, strategy/],
  [['rename', 'worker', 'Sums'], /<NewName> is missing/],
  [['rename', 'worker', 'Sums', 'A', 'B'], /one argument too many: "B"/],
])('%j is refused in one line', (args, why) => {
  const project = freshProject();
  succeed(project, 'add', 'worker', 'Mail');
  const before = treeOf(project);
  const { code, stderr } = generate(args, project);
  expect({ code, stderr: stderr.trimEnd() }).toMatchObject({ code: 2, stderr: expect.stringMatching(why) });
  expect(stderr.trimEnd()).not.toContain('\n');
  expect(treeOf(project)).toEqual(before);
});

test('all that was renamed, moved and removed compiles', () => {
  expect(made.complaints()).toEqual([]);
});
