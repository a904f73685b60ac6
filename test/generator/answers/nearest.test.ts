import { expect, test } from 'vitest';
import { nearest } from '../../../generator/answers/nearest.js';

const COMMANDS = ['add', 'check', 'undo', 'worker', 'listener', '--template', '--yes'];

test.each([
  ['wroker', 'worker'],
  ['chek', 'check'],
  ['udno', 'undo'],
  ['Listener', 'listener'],
  ['--templ', '--template'],
  ['banana', undefined],
  ['', undefined],
])('%j probably meant %j', (typed, meant) => {
  expect(nearest(typed, COMMANDS)).toBe(meant);
});
