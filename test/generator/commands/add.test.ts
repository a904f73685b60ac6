import { spawnSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { BIN, emptyFolder, freshProject, generate, treeOf } from '../place/place.js';

interface Printed {
  readonly nextSteps: readonly string[];
  readonly written: boolean;
  readonly files: readonly { readonly path: string; readonly action: string; readonly reason?: string }[];
}

/** Runs a command that has to succeed, and gives what it printed. */
function succeed(args: readonly string[], project: string): Printed {
  const { code, stdout, stderr } = generate([...args, '--json'], project);
  expect({ code, stderr }).toMatchObject({ code: 0 });
  return JSON.parse(stdout) as Printed;
}

function actions(printed: Printed): Record<string, string> {
  return Object.fromEntries(printed.files.map(({ path, action }) => [path, action]));
}

const COMMANDS = [
  ['add', 'worker', 'Mail', '--args', '{ to: string }', '--result', 'boolean', '--events', 'start,failed'],
  ['add', 'worker', 'shrink', '--function', '--args', 'string', '--result', 'number'],
  ['add', 'worker', 'numbers', '--from', 'src/chunks.ts#numbersTo'],
  ['add', 'listener', 'Audit', '--worker', 'Sums'],
  ['add', 'queue', 'Orders', '--engine', 'sqlite', '--no-install'],
  ['add', 'queue', 'Local', '--engine', 'shared-memory'],
  ['add', 'queue', 'Own', '--engine', 'blank'],
  ['add', 'strategy', 'Patient'],
];

describe.each(COMMANDS)('%s %s %s', (...command) => {
  test('a dry run shows what a run writes, and writes nothing; a rerun changes nothing; undo restores every byte', () => {
    const project = freshProject();
    const before = treeOf(project);
    const shown = succeed([...command, '--dry-run'], project);
    expect(shown.written).toBe(false);
    expect(treeOf(project)).toEqual(before);

    const done = succeed(command, project);
    expect(done.written).toBe(true);
    expect(done.files).toEqual(shown.files);
    const after = treeOf(project);
    const touched = Object.keys(after).filter(
      (path) => after[path] !== before[path] && after[path] !== 'folder',
    );
    const planned = done.files.filter(({ action }) => action === 'create' || action === 'edit');
    expect(touched.sort()).toEqual(planned.map(({ path }) => path).sort());

    const again = succeed(command, project);
    expect(again.written).toBe(false);
    expect(new Set(Object.values(actions(again)))).toEqual(new Set(['unchanged']));
    expect(treeOf(project)).toEqual(after);

    expect(succeed(['undo'], project).written).toBe(true);
    expect(treeOf(project)).toEqual(before);
  });
});

test.each([
  ['postgres', 'DATABASE_URL=postgres://queues:queues@localhost:5432/queues'],
  ['rabbitmq', 'RABBITMQ_URL=amqp://queues:queues@localhost:5672'],
])('a queue over %s tells how to start its server, and what leads to it', (engine, setting) => {
  const { nextSteps } = succeed(['add', 'queue', 'Far', '--engine', engine, '--dry-run'], freshProject());
  expect(nextSteps).toContain(
    `docker compose -f compose.${engine}.yaml up -d starts its server on this machine`,
  );
  expect(nextSteps).toContain(`${setting} in the environment says where it is`);
});

test('every change can be taken back, the last one first', () => {
  const project = freshProject();
  const trees = [treeOf(project)];
  for (const name of ['One', 'Two', 'Three']) {
    succeed(['add', 'strategy', name], project);
    trees.push(treeOf(project));
  }
  for (const tree of trees.slice(0, -1).reverse()) {
    succeed(['undo'], project);
    expect(treeOf(project)).toEqual(tree);
  }
  expect(generate(['undo'], project)).toMatchObject({ code: 2 });
});

test('a file that was changed by hand is not overwritten unasked, and comes back after it was', () => {
  const project = freshProject();
  succeed(['add', 'worker', 'Mail'], project);
  const file = join(project, 'src/workers/mail.worker.ts');
  appendFileSync(file, '// mine\n');
  const before = treeOf(project);
  const refused = generate(['add', 'worker', 'Mail'], project);
  expect(refused).toMatchObject({
    code: 2,
    stderr: expect.stringMatching(/mail\.worker\.ts \(it was changed by hand\).*--force/),
  });
  expect(treeOf(project)).toEqual(before);
  expect(actions(succeed(['add', 'worker', 'Mail', '--force'], project))['src/workers/mail.worker.ts']).toBe(
    'overwrite',
  );
  expect(readFileSync(file, 'utf8')).not.toContain('// mine');
  succeed(['undo'], project);
  expect(treeOf(project)).toEqual(before);
});

test('undo leaves a file alone that was changed since, and takes nothing else back either', () => {
  const project = freshProject();
  succeed(['add', 'worker', 'Mail'], project);
  appendFileSync(join(project, 'src/workers/mail.worker.ts'), '// mine\n');
  const before = treeOf(project);
  expect(generate(['undo'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('changed since'),
  });
  expect(treeOf(project)).toEqual(before);
});

test("a listener is bound to a worker that was edited by hand, and the worker stays the hand's", () => {
  const project = freshProject();
  const file = join(project, 'src/workers/sums.worker.ts');
  writeFileSync(file, `${readFileSync(file, 'utf8')}// mine\n`.replaceAll('\n', '\r\n'));
  succeed(['add', 'listener', 'Audit', '--worker', 'Sums', '--events', 'retry'], project);
  const text = readFileSync(file, 'utf8');
  expect(text).toContain('[sumsListeners, auditListeners]');
  expect(text.replaceAll('\r\n', '')).not.toMatch(/[\r\n]/);
  expect(text.endsWith('// mine\r\n')).toBe(true);
});

test('the manifest names what was added, and the hash of each file', () => {
  const project = freshProject();
  succeed(['add', 'strategy', 'Patient'], project);
  const manifest = JSON.parse(readFileSync(join(project, '.mproc/manifest.json'), 'utf8'));
  expect(manifest).toMatchObject({
    version: 1,
    template: 'sums',
    answers: { name: 'demo', pm: 'npm' },
    added: [{ kind: 'strategy', name: 'Patient' }],
  });
  expect(manifest.files['src/strategies/patient.strategy.ts']).toMatch(/^[0-9a-f]{64}$/);
});

test('a worker may begin with a strategy of the project', () => {
  const project = freshProject();
  succeed(['add', 'strategy', 'Patient'], project);
  succeed(['add', 'worker', 'Mail', '--strategy', 'Patient'], project);
  const text = readFileSync(join(project, 'src/workers/mail.worker.ts'), 'utf8');
  expect(text).toContain("import { Patient } from '../strategies/patient.strategy.ts';");
  expect(text).toContain('override retryStrategy = new Patient();');
});

test('what is added to a project that imports its files by `.js` does so as well', () => {
  const project = freshProject();
  const configuration = join(project, 'tsconfig.json');
  const text = readFileSync(configuration, 'utf8');
  writeFileSync(configuration, text.replace('    "rewriteRelativeImportExtensions": true,\n', ''));
  succeed(['add', 'worker', 'Mail', '--events', 'failed'], project);
  succeed(['add', 'listener', 'Audit', '--worker', 'Mail'], project);
  const imported = ['src/workers/mail.worker.ts', 'src/listeners/audit.listeners.ts']
    .map((path) => readFileSync(join(project, path), 'utf8'))
    .flatMap((source) => [...source.matchAll(/from '(\.[^']*)'/g)].map(([, from]) => from));
  expect(imported).toEqual([
    '../listeners/mail.listeners.js',
    '../listeners/audit.listeners.js',
    '../workers/mail.worker.js',
  ]);
});

test('a second worker of the same name elsewhere is refused', () => {
  const project = freshProject();
  renameSync(join(project, 'src/workers/sums.worker.ts'), join(project, 'src/workers/other.ts'));
  expect(generate(['add', 'worker', 'Sums'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('src/workers/other.ts'),
  });
});

describe('nothing is written through a link', () => {
  test.each([
    ['a linked folder', 'src/strategies', 'folder'],
    ['a linked file', 'src/strategies/patient.strategy.ts', 'file'],
    ['a linked folder further up', 'src', 'folder'],
    ["the generator's own folder", '.mproc', 'folder'],
    ['its journal', '.mproc/journal', 'folder'],
    ['its record of changes', '.mproc/undo', 'folder'],
  ])('%s', (_what, place, kind) => {
    const project = freshProject();
    const outside = join(emptyFolder(), 'outside');
    const path = join(project, place);
    mkdirSync(join(path, '..'), { recursive: true });
    try {
      renameSync(path, outside);
    } catch {
      if (kind === 'folder') mkdirSync(outside);
      else writeFileSync(outside, 'theirs');
    }
    symlinkSync(outside, path);
    const before = [treeOf(project), treeOf(join(outside, '..'))];
    const { code, stderr } = generate(['add', 'strategy', 'Patient'], project);
    expect({ code, stderr }).toMatchObject({ code: 2, stderr: expect.stringMatching(/link/) });
    expect([treeOf(project), treeOf(join(outside, '..'))]).toEqual(before);
  });
});

const NOBODY = 65_534;

test('a project that may not be written is said to be one in a line, and is untouched', () => {
  const project = freshProject();
  const isRoot = process.getuid?.() === 0;
  // Permissions do not hold root, so root becomes somebody else.
  chmodSync(join(project, '..'), 0o755);
  if (!isRoot) chmodSync(join(project, '.mproc'), 0o555);
  const before = treeOf(project);
  const { status, stderr } = spawnSync(process.execPath, [BIN, 'add', 'strategy', 'Patient'], {
    cwd: project,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  if (!isRoot) chmodSync(join(project, '.mproc'), 0o755);
  expect({ status, stderr }).toMatchObject({
    status: 1,
    stderr: expect.stringMatching(/^nothing was written: EACCES[^\n]+\n$/),
  });
  expect(treeOf(project)).toEqual(before);
});

test('a file in the place of the folder for bookkeeping is refused', () => {
  const project = freshProject();
  rmSync(join(project, '.mproc'), { recursive: true });
  writeFileSync(join(project, '.mproc'), '');
  const before = treeOf(project);
  const { code, stderr } = generate(['add', 'strategy', 'Patient'], project);
  expect({ code, lines: stderr.trim().split('\n').length }).toEqual({ code: 2, lines: 1 });
  expect(treeOf(project)).toEqual(before);
});

test('a dry run shows a diff of what it would edit, in colour where colours are wanted', () => {
  const project = freshProject();
  const args = ['add', 'listener', 'Audit', '--worker', 'Sums', '--dry-run'];
  expect(generate(args, project).stdout).toContain(
    '+  static override readonly listeners = [sumsListeners, auditListeners];',
  );
  const coloured = generate(args, project, { NO_COLOR: '', FORCE_COLOR: '1' }).stdout;
  expect(coloured).toContain('\u001b[32m+  static override');
  expect(generate(args, project, { FORCE_COLOR: '1' }).stdout).not.toContain('\u001b[');
});

test('undo --force keeps what a person changed: the next undo brings it back', () => {
  const project = freshProject();
  succeed(['add', 'worker', 'Mail'], project);
  const file = join(project, 'src/workers/mail.worker.ts');
  appendFileSync(file, '// mine\n');
  const mine = treeOf(project);
  succeed(['undo', '--force'], project);
  expect(Object.keys(treeOf(project))).not.toContain('src/workers/mail.worker.ts');
  succeed(['undo'], project);
  expect(treeOf(project)).toEqual(mine);
  expect(readFileSync(file, 'utf8')).toContain('// mine');
  expect(generate(['undo'], project)).toMatchObject({ code: 2 });
});
