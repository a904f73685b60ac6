import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { analyse } from '../../generator/checker/analyse.js';

test('the examples have no finding', () => {
  const root = fileURLToPath(new URL('../../examples', import.meta.url));
  const { findings, checked } = analyse(openProject(root), { root });
  // The kit tests the template, of which the queue of this example is a copy: see test/repository/examples.test.ts.
  const isCopy = ({ file, rule }: (typeof findings)[number]) =>
    rule === 'queue-tested' && file === 'flow/orders.queue.ts';
  const found = findings.filter((one) => !isCopy(one));
  const lines = found.map(({ file, line, rule, message }) => `${file}:${line} ${rule}: ${message}`);
  expect(lines).toEqual([]);
  expect(checked.workers).toBeGreaterThan(3);
});
