import { afterEach, expect, test, vi } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { analyse } from '../../generator/checker/analyse.js';
import { RULES } from '../../generator/checker/rules/index.js';
import { LENGTHS, Project } from './project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const projects: Project[] = [];

function projectWith(files: Record<string, string>): Project {
  const project = new Project(files);
  projects.push(project);
  return project;
}

afterEach(() => {
  for (const project of projects.splice(0)) project.remove();
});

const FILE = 'src/lengths.worker.ts';
const HIDDEN = LENGTHS.replace('export class', 'class');

function rewriteConfig(project: Project, change: (config: Record<string, unknown>) => void): void {
  const config = JSON.parse(project.read('tsconfig.json')) as Record<string, unknown>;
  change(config);
  project.write('tsconfig.json', JSON.stringify(config));
}

async function rulesOf(project: Project): Promise<string[]> {
  const { stdout } = await project.check();
  return JSON.parse(stdout).findings.map(
    ({ rule, file }: { rule: string; file: string }) => `${file} ${rule}`,
  );
}

test('a generic type that holds itself in ever new forms is judged like any other', async () => {
  const project = projectWith({
    [FILE]: LENGTHS.replace(
      'export class',
      'interface N<T> { value: T; next?: N<T[]>; other?: N<Set<T>> }\n\nexport class',
    )
      .replace('Worker<string, number>', 'Worker<N<string>, number>')
      .replace('text: string', 'text: N<string>')
      .replace('text.length', 'text.value.length'),
    'src/hidden.worker.ts': HIDDEN.replace('Lengths', 'Hidden'),
  });
  expect(await rulesOf(project)).toEqual(['src/hidden.worker.ts worker-exported']);
});

test('a rule that throws is told of, with what it found until then, and holds no other up', () => {
  const project = projectWith({ [FILE]: HIDDEN });
  const [first, ...others] = RULES;
  const broken = {
    ...first!,
    *check(context: Parameters<(typeof RULES)[number]['check']>[0]) {
      yield* first!.check(context);
      throw new RangeError('Maximum call stack size exceeded\nand more');
    },
  };
  const failing = {
    ...others[0]!,
    check: () => {
      throw new TypeError('no');
    },
  };
  const { findings } = analyse(openProject(project.root), { root: project.root, rules: [failing, broken] });
  expect(findings.map(({ rule, severity }) => [rule, severity])).toEqual([
    ['worker-exported', 'error'],
    ['check-failed', 'error'],
    ['check-failed', 'error'],
  ]);
  expect(findings[1]!.message).toMatch(
    /^ERR_CHECK_RULE: worker-module could not look at everything \(TypeError: no\)/,
  );
});

test('the projects that a tsconfig.json refers to are checked, those that they refer to included', async () => {
  const project = projectWith({
    'app/src/hidden.worker.ts': HIDDEN,
    'core/src/other.worker.ts': HIDDEN.replace('Lengths', 'Other'),
  });
  const config = JSON.parse(project.read('tsconfig.json'));
  project.write('tsconfig.base.json', JSON.stringify({ compilerOptions: config.compilerOptions }));
  project.write('tsconfig.json', JSON.stringify({ files: [], references: [{ path: './app' }] }));
  const part = (references: string[]) =>
    JSON.stringify({
      extends: '../tsconfig.base.json',
      compilerOptions: { composite: true, noEmit: false, outDir: 'dist', rootDir: '/' },
      include: ['src'],
      references: references.map((path) => ({ path })),
    });
  project.write('app/tsconfig.json', part(['../core']));
  project.write('core/tsconfig.json', part([]));
  const { code, stdout } = await project.check();
  const { findings, checked } = JSON.parse(stdout);
  expect(findings.map(({ rule, file }: { rule: string; file: string }) => `${file} ${rule}`)).toEqual([
    'app/src/hidden.worker.ts worker-exported',
    'core/src/other.worker.ts worker-exported',
  ]);
  expect([code, checked.workers]).toEqual([1, 2]);
});

test('a worker in JavaScript is checked with allowJs, and told of without', async () => {
  const text =
    "import { Worker } from 'mproc-worker';\n\nexport class Sums extends Worker {\n  process(n) {\n    return n;\n  }\n}\n";
  const project = projectWith({ [FILE]: LENGTHS, 'src/sums.worker.js': text });
  expect(await rulesOf(project)).toEqual(['src/sums.worker.js not-checked']);
  rewriteConfig(project, (config) => Object.assign(config.compilerOptions as object, { allowJs: true }));
  expect(await rulesOf(project)).toContain('src/sums.worker.js worker-module');
});

test('a worker that tsconfig.json leaves out is told of, and what another package or a build holds is not', async () => {
  const project = projectWith({
    [FILE]: LENGTHS,
    'jobs/left.worker.ts': LENGTHS.replace('Lengths', 'Left'),
    'dist/built.worker.js': LENGTHS,
    'other/package.json': '{}',
    'other/src/mine.worker.ts': LENGTHS,
  });
  expect(await rulesOf(project)).toEqual(['jobs/left.worker.ts not-checked']);
});

test('where there is nothing to check, it is said, and never called right', async () => {
  const project = projectWith({ 'src/main.ts': 'export const a = 1;\n' });
  const pretty = await project.check({ format: 'pretty' });
  expect(pretty.stdout).toMatch(
    /^nothing to check: no worker, listener, queue or strategy in the 1 file of tsconfig\.json/,
  );
  const json = await project.check();
  expect(json.stderr).toMatch(/^nothing to check: [^\n]*\n$/);
});

test('watch goes on after a check that could not be done', async () => {
  const project = projectWith({ [FILE]: LENGTHS });
  const controller = new AbortController();
  let checks = 0;
  const working = project.read('tsconfig.json');
  const { code, stderr } = await project.check(
    { watch: true },
    {
      signal: controller.signal,
      stderr: (text) => {
        if (text.startsWith('watching'))
          setTimeout(() => project.write('tsconfig.json', '{ "extends": "./nowhere.json", "files": 1 }'), 50);
      },
      stdout: () => {
        checks += 1;
        if (checks === 2) {
          project.write('tsconfig.json', working);
          project.write(FILE, HIDDEN);
        }
        if (checks > 2) controller.abort();
      },
    },
  );
  expect([code, stderr]).toEqual([1, expect.stringContaining('watching')]);
});
