import { appendFileSync, cpSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { PROJECT_TEMPLATES, queueEngines } from '../../../generator/templates/engines.js';
import { templateHistory } from '../../../generator/templates/history.js';
import { BIN, emptyFolder, generate, treeOf } from '../place/place.js';
import { historyLength, packageBack } from './versions.js';

const OLD_VERSION = '0.0.9';
const ADDED = [
  ...queueEngines().map((engine) => ['add', 'queue', `on-${engine}`, '--engine', engine, '--no-install']),
  ['add', 'worker', 'Mail', '--events', 'failed,start', '--args', '{ to: string }', '--result', 'boolean'],
  ['add', 'worker', 'shrink', '--function'],
  ['add', 'strategy', 'Patient'],
  ['add', 'worker', 'Slow', '--strategy', 'Patient'],
  ['add', 'listener', 'Audit', '--worker', 'Mail', '--events', 'failed'],
];

function run(bin: string, args: readonly string[], cwd: string): void {
  const { code, stderr } = generate(args, cwd, {}, bin);
  expect({ args, code, stderr }).toMatchObject({ code: 0, stderr: '' });
}

/** A project of a template with all that can be added. */
function projectOf(bin: string, template: string, folder: string): string {
  run(bin, [template, '--template', template, '--yes', '--no-git', '--runtime', '0.1.0'], folder);
  const project = join(folder, template);
  if (template === 'sums') for (const command of ADDED) run(bin, command, project);
  return project;
}

function update(project: string, ...flags: string[]) {
  const { code, stdout, stderr } = generate(['update', '--json', ...flags], project);
  const printed = JSON.parse(stdout) as {
    written: boolean;
    files: { path: string; action: string; reason?: string; conflicts?: number }[];
  };
  return { code, stderr, ...printed };
}

interface Present {
  readonly tree: Record<string, string>;
  readonly texts: ReadonlyMap<string, string>;
}

const presents = new Map<string, Present>();

/** The same project as the present generator makes it. */
function present(template: string): Present {
  const known = presents.get(template);
  if (known) return known;
  const project = projectOf(BIN, template, emptyFolder());
  const tree = treeOf(project);
  const sources = Object.keys(tree).filter((path) => path.endsWith('.ts'));
  const found = {
    tree,
    texts: new Map(sources.map((path) => [path, readFileSync(join(project, path), 'utf8')])),
  };
  presents.set(template, found);
  return found;
}

const BOOKKEEPING = ['package.json', '.mproc/manifest.json'];

function without(tree: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(tree).filter(([path]) => !BOOKKEEPING.includes(path)));
}

/** How often a project of a template can have been another one: before that, all of its texts are the first ones. */
function changesOf(template: string): number {
  const others = [...PROJECT_TEMPLATES, 'queue', 'strategy'].filter((folder) => folder !== template);
  const isOf = (path: string) =>
    template === 'sums' || !others.some((folder) => path.startsWith(`${folder}/`));
  return historyLength(isOf) - 1;
}

test('templates have changed, so that there is something to update', () => {
  for (const template of PROJECT_TEMPLATES) expect(changesOf(template)).toBeGreaterThan(3);
  expect([...templateHistory().values()].flat().length).toBeGreaterThan(200);
});

describe.each(PROJECT_TEMPLATES)('a project of the template %s', (template) => {
  test.each(Array.from({ length: changesOf(template) }, (_, index) => index + 1))(
    'made %i changes of each template ago becomes one of today, with what was changed in it',
    (back) => {
      const wanted = present(template);
      const folder = emptyFolder();
      const project = projectOf(packageBack(join(folder, 'old'), OLD_VERSION, back), template, folder);
      const before = treeOf(project);
      const edited = join(folder, 'edited');
      cpSync(project, edited, { recursive: true });

      const shown = update(project, '--dry-run');
      expect(treeOf(project)).toEqual(before);
      const done = update(project);
      expect(done).toMatchObject({ code: 0, files: shown.files, stderr: '' });
      expect(without(treeOf(project))).toEqual(without(wanted.tree));
      expect(update(project)).toMatchObject({ code: 0, written: false });
      expect(generate(['undo'], project).code).toBe(0);
      expect(treeOf(project)).toEqual(before);

      changeByHand(edited, wanted.texts, Object.keys(before));
    },
  );
});

/** Every file that the generator made is changed, and one deleted; nothing of that gets lost. */
function changeByHand(project: string, wanted: Present['texts'], paths: readonly string[]): void {
  const sources = paths.filter((path) => /^src\/.*\.ts$/.test(path));
  const deleted = sources[0] as string;
  rmSync(join(project, deleted));
  for (const path of sources.slice(1)) {
    const text = readFileSync(join(project, path), 'utf8');
    writeFileSync(join(project, path), `// first: mine\n${text}`);
    appendFileSync(join(project, path), '// last: mine\n');
  }
  const { code, files } = update(project);
  const conflicts = files.filter((file) => file.conflicts !== undefined).map(({ path }) => path);
  expect(code).toBe(conflicts.length > 0 ? 1 : 0);
  expect(files).toContainEqual({ path: deleted, action: 'kept', reason: 'you deleted it' });
  for (const path of sources.slice(1)) {
    const text = readFileSync(join(project, path), 'utf8');
    expect(text.match(/^\/\/ (first|last): mine$/gm), path).toEqual(['// first: mine', '// last: mine']);
    const fresh = wanted.get(path);
    if (conflicts.includes(path))
      expect(text).toMatch(/^<{7} yours\n[\s\S]*^\|{7} base[\s\S]*^={7}\n[\s\S]*^>{7} new/m);
    else if (fresh !== undefined) expect(text.replace(/^\/\/ (first|last): mine\n/gm, ''), path).toBe(fresh);
  }
}
