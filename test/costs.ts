// What each file of tests costs, one line of JSON each, appended to the file that MPROC_TEST_COSTS names.
import { appendFileSync, readFileSync } from 'node:fs';
import { afterAll, expect } from 'vitest';

const file = process.env.MPROC_TEST_COSTS!;
const began = { at: performance.now(), cpu: processorSeconds() };

afterAll(() => {
  const test = expect.getState().testPath?.replace(/^.*?\/test\//, 'test/');
  const wallS = ((performance.now() - began.at) / 1000).toFixed(1);
  appendFileSync(file, `${JSON.stringify({ test, wallS, cpu: processorSeconds(), since: began.cpu })}\n`);
});

/** Of this process, and of its descendants that have been waited for. */
function processorSeconds(): number {
  const stat = readFileSync('/proc/self/stat', 'latin1');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks) / 100, 0);
}
