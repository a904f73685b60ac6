import { join } from 'node:path';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { type Analysis, analyse } from '../../generator/checker/analyse.js';
import { handWrittenQueues } from './mutants/hand-written-queues.js';
import { type Planted, plantMutants } from './mutants/plant.js';
import { makeTemplateProject, type TemplateProject } from './template-project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 900_000 });

let project: TemplateProject;
let planted: Planted[];
let analysis: Analysis;

beforeAll(() => {
  project = makeTemplateProject(handWrittenQueues());
  planted = plantMutants(project);
  analysis = analyse(openProject(project.root), { root: project.root });
});
afterAll(() => project.remove());

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
