import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { type Analysis, analyse } from '../../generator/checker/analyse.js';
import { listenerMutants } from './mutants/listener-mutants.js';
import type { Mutant } from './mutants/mutant.js';
import { queueMutants } from './mutants/queue-mutants.js';
import { strategyMutants } from './mutants/strategy-mutants.js';
import { workerMutants } from './mutants/worker-mutants.js';
import { makeTemplateProject, type TemplateProject } from './template-project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 120_000, hookTimeout: 240_000 });

/** Mutants stand side by side in one program, each in a folder with what it needs of its project. */
interface Planted extends Mutant {
  readonly folder: string;
}

let project: TemplateProject;
let planted: Planted[];
let analysis: Analysis;

beforeAll(() => {
  project = makeTemplateProject();
  planted = allMutants(project.files);
  analysis = analyse(openProject(project.root), { root: project.root });
});
afterAll(() => project.remove());

function allMutants(files: ReadonlyMap<string, string>): Planted[] {
  const found: Planted[] = [];
  for (const [path, text] of files) {
    const mutants = mutantsOf(path, text, files);
    const needed = neededBy(path, files);
    for (const [index, mutant] of mutants.entries()) {
      const folder = `added/mutants/${path.replace(/[^\w-]/g, '-')}/${index}`;
      for (const [each, contents] of new Map([...needed, [mutant.path, mutant.text]]))
        plant(join(folder, each), contents);
      found.push({ ...mutant, folder });
    }
  }
  return found;
}

function mutantsOf(path: string, text: string, files: ReadonlyMap<string, string>): Mutant[] {
  if (/\.worker\.ts$/.test(path)) return workerMutants(path, text);
  const beside = (other: string) => ({ path: other, text: files.get(other)! });
  if (/\.listeners\.ts$/.test(path)) {
    return listenerMutants(
      path,
      text,
      beside(path.replace('/listeners/', '/workers/').replace('.listeners.ts', '.worker.ts')),
    );
  }
  if (/(orders|invoices)\.queue\.ts$/.test(path))
    return queueMutants(path, text, beside(path.replace('.ts', '.test.ts')));
  return /\.strategy\.ts$/.test(path) ? strategyMutants(path, text) : [];
}

/** The parts of the same project that a file may import. */
function neededBy(path: string, files: ReadonlyMap<string, string>): Map<string, string> {
  const base = path.split('/')[0]!;
  const stem = path.split('/').at(-1)!.split('.')[0]!;
  return new Map(
    [...files].filter(([other]) => {
      if (!other.startsWith(`${base}/`) || /template\.json$/.test(other)) return false;
      if (/\.queue(\.test)?\.ts$/.test(other)) return other.includes(`/${stem}.queue`);
      if (/\.test\.ts$|main\.ts$/.test(other)) return false;
      return base !== 'added' || other.includes(`/${stem}.`) || other.endsWith('patient.strategy.ts');
    }),
  );
}

function plant(path: string, text: string): void {
  const target = join(project.root, path);
  mkdirSync(dirname(target), { recursive: true });
  writeFileSync(target, text);
}

function isKilled(mutant: Planted, found: ReadonlySet<string>): boolean {
  return mutant.at.some((place) => {
    const [path, line] = typeof place === 'number' ? [mutant.path, place] : place.split(':');
    return mutant.rules.some((rule) => found.has(`${join(mutant.folder, String(path))}:${line} ${rule}`));
  });
}

function survivors(): string[] {
  const found = new Set(analysis.findings.map(({ file, line, rule }) => `${file}:${line} ${rule}`));
  return planted
    .filter((mutant) => !isKilled(mutant, found))
    .map(({ path, name, at }) => `${path}: ${name}, looked for at ${at}`);
}

test('there are at least 300 mutants', () => {
  expect(planted.length).toBeGreaterThanOrEqual(300);
});

test('99 of 100 mutants are found, at their line and by their rule', () => {
  const alive = survivors();
  const killed = planted.length - alive.length;
  console.log([`${killed} of ${planted.length} mutants found`, ...alive].join('\n  not found: '));
  expect(killed / planted.length, alive.join('\n')).toBeGreaterThanOrEqual(0.99);
});

test('what was not changed has no finding', () => {
  const ofTheOriginals = analysis.findings.filter(
    ({ file, rule }) => !file.startsWith('added/mutants/') && rule !== 'worker-name-unique',
  );
  expect(ofTheOriginals.map(({ file, line, rule, message }) => `${file}:${line} ${rule} ${message}`)).toEqual(
    [],
  );
});

test('two workers of one name are both found', () => {
  const twins = analysis.findings.filter(
    ({ rule, file }) => rule === 'worker-name-unique' && !file.startsWith('added/mutants/'),
  );
  expect(new Set(twins.map(({ file }) => file)).size).toBe(6);
});
