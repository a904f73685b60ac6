import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import { openProject } from '../../../generator/checker/adapter/index.js';
import type { Program } from '../../../generator/checker/adapter/program.js';
import { analyse } from '../../../generator/checker/analyse.js';
import { projectOf } from '../../../generator/checker/eslint/linted-project.js';
import { LENGTHS, Project } from '../project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });
vi.mock('../../../generator/checker/analyse.js', async (load) => {
  const actual = await load<typeof import('../../../generator/checker/analyse.js')>();
  return { ...actual, analyse: vi.fn(actual.analyse) };
});

let project: Project;
afterEach(() => project.remove());

interface Counting {
  getBindAndCheckDiagnostics(file: { readonly fileName: string }): unknown;
}

/** The files that a diagnosis checks, and what it finds. */
function diagnose(code: Program): { checked: string[]; found: string[] } {
  const checked: string[] = [];
  const program = code.program as unknown as Counting;
  const check = program.getBindAndCheckDiagnostics.bind(program);
  program.getBindAndCheckDiagnostics = (file) => {
    if (file.fileName.startsWith(project.root)) checked.push(file.fileName.slice(project.root.length + 5));
    return check(file);
  };
  const found = code
    .diagnostics()
    .map(({ file, code: number }) => `${file?.path.split('/').at(-1)} ${number}`);
  return { checked: checked.sort(), found };
}

test('after a change only the files that it may have made wrong are checked again', () => {
  project = new Project({
    'src/unit.ts': 'export const unit = 1;\n',
    'src/uses.ts': "import { unit } from './unit.js';\n\nexport const twice: number = unit * 2;\n",
    'src/other.ts': 'export const other = true;\n',
  });
  const compiler = openProject(project.root);
  const after = (path: string, text: string) =>
    diagnose(compiler.compile(new Map([[join(project.root, 'src', path), text]])) as Program);
  expect(diagnose(compiler.compile() as Program)).toEqual({
    checked: ['other.ts', 'unit.ts', 'uses.ts'],
    found: [],
  });
  expect(after('other.ts', 'export const other = 3;\nconst hidden: string = 3;\n')).toEqual({
    checked: ['other.ts'],
    found: ['other.ts 2322'],
  });
  const changed = after('unit.ts', "export const unit = 'a';\n");
  expect(changed.found).toEqual(['uses.ts 2362']);
  expect(changed.checked).toEqual(['other.ts', 'unit.ts', 'uses.ts']);
  // Again as they are on disk.
  expect(diagnose(compiler.compile() as Program).found).toEqual([]);
});

test('a file behind a link is the file of its project', () => {
  const text = LENGTHS.replace('export class', 'class');
  project = new Project({ 'src/a.worker.ts': text });
  symlinkSync(join(project.root, 'src'), join(project.root, 'linked'));
  const path = join(project.root, 'linked/a.worker.ts');
  const [finding] = projectOf(path)!.findingsIn(path, text);
  expect(finding).toMatchObject({ rule: 'worker-exported', file: 'src/a.worker.ts' });
  expect(projectOf(path)!.keepsCompiling(finding!.fix, path, text)).toBe(true);
});

test('a linter has a project looked at once for all its files, and again for a text that is new', () => {
  const text = LENGTHS.replace('export class', 'class');
  project = new Project({
    'src/a.worker.ts': text,
    'src/b.worker.ts': text.replace('Lengths', 'B'),
    'src/main.ts': 'export const a = 1;\n',
  });
  vi.mocked(analyse).mockClear();
  const rulesIn = (name: string, edited = project.read(name)) => {
    const path = join(project.root, name);
    return projectOf(path)!
      .findingsIn(path, edited)
      .map(({ rule }) => rule);
  };
  for (let rule = 0; rule < 30; rule += 1) {
    expect(rulesIn('src/a.worker.ts')).toEqual(['worker-exported']);
    expect(rulesIn('src/b.worker.ts')).toEqual(['worker-exported']);
    expect(rulesIn('src/main.ts')).toEqual([]);
  }
  expect(analyse).toHaveBeenCalledTimes(1);
  expect(rulesIn('src/a.worker.ts', text.replace('class', 'export class'))).toEqual([]);
  expect(rulesIn('src/b.worker.ts')).toEqual(['worker-exported']);
  expect(analyse).toHaveBeenCalledTimes(2);
  // A file that is new, or has changed, is seen at once.
  project.write('src/c.worker.ts', text.replace('Lengths', 'C'));
  expect(rulesIn('src/c.worker.ts')).toEqual(['worker-exported']);
  project.write('src/a.worker.ts', text.replace('class', 'export class'));
  expect(rulesIn('src/a.worker.ts')).toEqual([]);
});
