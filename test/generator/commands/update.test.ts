import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { templateHistory } from '../../../generator/templates/history.js';
import { faultyFiles } from '../../../generator/update/known-faults.js';
import { emptyFolder, freshProject, generate, treeOf } from '../place/place.js';
import { packageBack } from '../update/versions.js';

const read = (root: string, path: string) => readFileSync(join(root, path), 'utf8');

/** A project that an earlier version has made, with a queue over SQLite. */
function oldProject(back: number, engine = 'sqlite'): string {
  const folder = emptyFolder();
  const bin = packageBack(join(folder, 'old'), '0.0.9', back);
  for (const [args, cwd] of [
    [['demo', '--yes', '--no-git'], folder],
    [['add', 'queue', 'Orders', '--engine', engine, '--no-install'], join(folder, 'demo')],
  ] as const) {
    const { code, stderr } = generate(args, cwd, {}, bin);
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
  }
  return join(folder, 'demo');
}

test('a conflict is written with both sides and the base, and listed', () => {
  const project = oldProject(4);
  const queue = 'src/queues/orders.queue.ts';
  const text = read(project, queue);
  writeFileSync(join(project, queue), text.replaceAll('DROP TABLE IF EXISTS', 'DROP TABLE'));
  const { code, stdout } = generate(['update'], project);
  expect(code).toBe(1);
  expect(stdout).toMatch(
    /edit {7}src\/queues\/orders\.queue\.ts \(\d conflicts?: settle what is between <<<<<<< and >>>>>>>\)/,
  );
  expect(stdout).toContain(`settle the conflicts in ${queue}`);
  expect(read(project, queue)).toMatch(
    /^<{7} yours\n(?:.*\n)*?.*DROP TABLE .*\n(?:.*\n)*?\|{7} base \(create-mproc-worker 0\.1\.0\)\n(?:.*\n)*?.*DROP TABLE IF EXISTS .*\n(?:.*\n)*?={7}\n(?:.*\n)*?>{7} new/m,
  );
});

/** How many changes ago the queue over an engine was last one file. */
function sinceOneFile(engine: string): number {
  const texts = templateHistory().get(`queue/${engine}/src/queues/__kebab__.queue.ts.hbs`) ?? [];
  return texts.length - texts.findIndex(({ text }) => text.includes('.queue.history.ts'));
}

test.each(['sqlite', 'postgres', 'redis'])(
  'a queue over %s that was one file gets files beside it, and loses nothing that was changed in it',
  (engine) => {
    const project = oldProject(sinceOneFile(engine), engine);
    const queues = join(project, 'src/queues');
    const filesOf = () => readdirSync(queues).filter((file) => file.startsWith('orders.'));
    expect(filesOf()).toEqual(['orders.queue.test.ts', 'orders.queue.ts']);
    const before = treeOf(project);
    const old = read(project, 'src/queues/orders.queue.ts');
    expect(generate(['update'], project)).toMatchObject({ code: 0, stderr: '' });
    const parts = filesOf();
    const names = ['history', 'joins', 'limits', 'test'].map((part) => `orders.queue.${part}.ts`);
    expect(parts).toEqual(expect.arrayContaining(names));
    const fresh = read(project, 'src/queues/orders.queue.ts');
    expect(generate(['undo'], project).code).toBe(0);
    expect(treeOf(project)).toEqual(before);

    // A change where both are the same is merged; one in what has moved stays, beside what is new.
    for (const [changed, code] of [
      [/^(?= {2}(?:async )?peek\()/m, 0],
      [/^(?= {2}(?:async )?prune\()/m, 1],
    ] as const) {
      writeFileSync(join(queues, 'orders.queue.ts'), old.replace(changed, '  // mine\n'));
      expect(generate(['update'], project)).toMatchObject({ code, stderr: '' });
      expect(filesOf()).toEqual(parts);
      const text = read(project, 'src/queues/orders.queue.ts');
      expect(text).toContain('  // mine\n');
      expect(text.includes('<<<<<<<')).toBe(code === 1);
      if (code === 0) expect(text.replace('  // mine\n', '')).toBe(fresh);
      expect(generate(['undo'], project).code).toBe(0);
    }
  },
);

test('a merge that is settled stays: the next update has nothing to do, and undo takes the whole update back', () => {
  const project = oldProject(6);
  const main = join(project, 'src/main.ts');
  writeFileSync(main, `// mine\n${readFileSync(main, 'utf8')}`);
  const before = treeOf(project);
  expect(generate(['update'], project).code).toBe(0);
  const merged = treeOf(project);
  const again = generate(['update', '--json'], project);
  expect(JSON.parse(again.stdout)).toMatchObject({ written: false });
  expect(treeOf(project)).toEqual(merged);
  expect(readFileSync(main, 'utf8')).toMatch(/^\/\/ mine\n/);
  expect(generate(['undo'], project).code).toBe(0);
  expect(treeOf(project)).toEqual(before);
});

test('a file of the project that is in the place of a new one stays, and one that was deleted does not come back', () => {
  const project = freshProject();
  const manifestPath = join(project, '.mproc/manifest.json');
  const manifest = JSON.parse(readFileSync(manifestPath, 'utf8'));
  // As if an earlier version had made neither of them.
  for (const path of ['src/chunks.ts', 'src/chunks.test.ts']) delete manifest.files[path];
  writeFileSync(manifestPath, JSON.stringify(manifest));
  writeFileSync(join(project, 'src/chunks.ts'), '// my own\n');
  rmSync(join(project, 'src/chunks.test.ts'));
  rmSync(join(project, 'README.md'));
  const { stdout } = generate(['update', '--json'], project);
  const files = JSON.parse(stdout).files as { path: string; action: string; reason?: string }[];
  const of = (path: string) => files.find((file) => file.path === path);
  expect(of('src/chunks.ts')).toMatchObject({ action: 'kept', reason: 'it is your own' });
  expect(of('src/chunks.test.ts')).toMatchObject({ action: 'create' });
  expect(of('README.md')).toMatchObject({ action: 'kept', reason: 'you deleted it' });
  expect(generate(['update', '--json'], project).stdout).toContain('you deleted it');
});

test('what an earlier update left open is not merged into', () => {
  const project = oldProject(9);
  const queue = 'src/queues/orders.queue.ts';
  const between = packageBack(join(emptyFolder(), 'between'), '0.0.10', 1);
  writeFileSync(join(project, queue), read(project, queue).replaceAll('10_000', '77'));
  const first = spawnSync(process.execPath, [between, 'update'], { cwd: project, encoding: 'utf8' });
  expect({ status: first.status, stderr: first.stderr }).toEqual({ status: 1, stderr: '' });
  const before = treeOf(project);
  expect(generate(['update'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining(`${queue} (it has conflict markers of an earlier update)`),
  });
  expect(treeOf(project)).toEqual(before);
});

test('what cannot be made again is said and left alone', () => {
  const project = freshProject();
  generate(['add', 'worker', 'Mail'], project);
  generate(['add', 'listener', 'Audit', '--worker', 'Mail'], project);
  rmSync(join(project, 'src/workers/mail.worker.ts'));
  const { code, stderr } = generate(['update'], project);
  expect(code).toBe(0);
  expect(stderr).toMatch(/^listener Audit is left as it is: --worker: "Mail" is no exported worker/);
});

test('diff shows what is yours and what is new apart', () => {
  const project = oldProject(2);
  const queue = 'src/queues/orders.queue.ts';
  writeFileSync(join(project, queue), `// mine\n${read(project, queue)}`);
  const before = treeOf(project);
  const { code, stdout } = generate(['diff', queue], project);
  expect(code).toBe(0);
  const [yours = '', fresh = ''] = stdout.split('base (0.1.0) → new');
  expect(yours).toMatch(/base \(0\.1\.0\) → yours\n[\s\S]*\+\/\/ mine\n/);
  expect(fresh).not.toContain('mine');
  expect(fresh).toMatch(/^ {4}\+/m);
  expect(
    JSON.parse(generate(['diff', '--json'], project).stdout).files.map((file: { path: string }) => file.path),
  ).toContain(queue);
  expect(generate(['diff', 'src/none.ts'], project)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('it made'),
  });
  expect(treeOf(project)).toEqual(before);
});

test('without a manifest, and with one of a later version, nothing is done', () => {
  const folder = emptyFolder();
  writeFileSync(join(folder, 'package.json'), '{"name":"a","dependencies":{"mproc-worker":"*"}}');
  expect(generate(['update'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('has no .mproc/manifest.json'),
  });
  mkdirSync(join(folder, '.mproc'));
  writeFileSync(join(folder, '.mproc/manifest.json'), '{"version":1,"generator":"99.0.0","files":{}}');
  expect(generate(['update'], folder)).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('create-mproc-worker@latest'),
  });
});

test.each([
  [
    'sqlite',
    11,
    ['fails with `database is locked` while another process makes or repairs the file of the queue'],
  ],
  ['sqlite', 7, []],
  ['bullmq', 5, [expect.stringContaining('counts jobs'), expect.stringContaining('ended leases')]],
  ['bullmq', 0, []],
  [
    'nats',
    2,
    [expect.stringContaining('counts a dead letter again'), expect.stringContaining('ends leases')],
  ],
  ['nats', 1, [expect.stringContaining('ends leases')]],
  ['nats', 0, []],
])(
  'check knows the faults of %s, made %i changes ago, until an update mends them',
  (engine, back, faults) => {
    const project = oldProject(back, engine);
    expect(faultyFiles(project).map(({ what }) => what)).toEqual(faults);
    const checked = JSON.parse(generate(['check', '--format', 'json'], project).stdout);
    const told = checked.findings.filter(({ rule }: { rule: string }) => rule === 'known-fault');
    expect(told.map(({ file, message }: { file: string; message: string }) => [file, message])).toEqual(
      faults.map(() => [
        'src/queues/orders.queue.ts',
        expect.stringContaining('was made by create-mproc-worker 0.1.0'),
      ]),
    );
    expect(generate(['update'], project).code).toBe(0);
    expect(faultyFiles(project)).toEqual([]);
  },
);

test('a queue and a strategy that a project began with do not come back once they have another name', () => {
  const folder = emptyFolder();
  const made = generate(['demo', '--yes', '--no-git', '--queue', 'sqlite', '--strategy', 'Patient'], folder);
  expect(made).toMatchObject({ code: 0, stderr: '' });
  const project = join(folder, 'demo');
  for (const [kind, from, to] of [
    ['queue', 'Jobs', 'Orders'],
    ['strategy', 'Patient', 'Calm'],
  ] as const)
    expect(generate(['rename', kind, from, to], project)).toMatchObject({ code: 0 });
  const before = treeOf(project);
  const { code, stdout } = generate(['update', '--json'], project);
  expect({ code, ...JSON.parse(stdout) }).toMatchObject({ code: 0, written: false });
  expect(treeOf(project)).toEqual(before);
  expect(read(project, 'src/host.ts')).toContain("from './queues/orders.queue.ts'");
});
