import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { analyse } from '../../generator/checker/analyse.js';

test('the examples have no finding', { timeout: 300_000 }, () => {
  const root = fileURLToPath(new URL('../../examples', import.meta.url));
  const { findings, checked } = analyse(openProject(root), { root });
  const lines = findings.map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`);
  expect(lines).toEqual([]);
  expect(checked.workers).toBeGreaterThan(3);
});
