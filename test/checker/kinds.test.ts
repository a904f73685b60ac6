import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { type Analysis, analyse } from '../../generator/checker/analyse.js';
import { type Kind, plantKinds } from './kinds/plant.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

/** Every case names its worker alike, and only some have a test. */
const ONLY_WHERE_MEANT = /^(worker-name-unique|queue-tested)$/;
let project: ReturnType<typeof plantKinds>;
let analysis: Analysis;

beforeAll(() => {
  project = plantKinds();
  analysis = analyse(openProject(project.root), { root: project.root });
});
afterAll(() => project.remove());

function found(kind: Kind): string[] {
  return analysis.findings
    .filter(
      ({ file, rule }) =>
        file.startsWith(`${kind.folder}/`) && (rule === kind.rule || !ONLY_WHERE_MEANT.test(rule)),
    )
    .map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`);
}

test('every case compiles', () => {
  expect(analysis.findings.filter(({ rule }) => rule === 'typescript')).toEqual([]);
});

test('what is wrong is found by its rule', () => {
  const wrong = project.kinds.filter(({ verdict }) => verdict === 'wrong');
  const missed = wrong.filter((kind) => !found(kind).some((line) => line.includes(` ${kind.rule}: `)));
  expect(missed.map(({ folder }) => folder)).toEqual([]);
  expect(wrong.length).toBeGreaterThan(200);
});

test('what is right has no finding', () => {
  const right = project.kinds.filter(({ verdict }) => verdict === 'right');
  expect(right.flatMap(found)).toEqual([]);
  expect(right.length).toBeGreaterThan(100);
});
