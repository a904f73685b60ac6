import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { type Analysis, analyse } from '../../generator/checker/analyse.js';
import { makeTemplateProject, type TemplateProject } from './template-project.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

let project: TemplateProject;
let analysis: Analysis;

beforeAll(() => {
  project = makeTemplateProject();
  analysis = analyse(openProject(project.root), { root: project.root });
});
afterAll(() => project.remove());

test('what the templates make has no finding', () => {
  const lines = analysis.findings.map(
    ({ file, line, column, rule, message }) => `${file}:${line}:${column} ${rule}: ${message}`,
  );
  expect(lines).toEqual([]);
});

test('workers, listeners, queues and strategies are all seen', () => {
  expect(analysis.checked).toEqual({ workers: 6, listeners: 5, queues: 3, strategies: 1 });
});
