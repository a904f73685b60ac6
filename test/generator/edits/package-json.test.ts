import { expect, test } from 'vitest';
import { addDependencies } from '../../../generator/edits/package-json.js';

const needs = { dependencies: { beta: '2.0.0' }, devDependencies: {} };

test('a dependency is sorted in, with the indentation, line ends and last line of the file', () => {
  const text =
    '{\r\n\t"name": "x",\r\n\t"dependencies": {\r\n\t\t"alpha": "1",\r\n\t\t"gamma": "3"\r\n\t}\r\n}';
  expect(addDependencies(text, needs)).toBe(
    text.replace('"alpha": "1",', '"alpha": "1",\r\n\t\t"beta": "2.0.0",'),
  );
});

test('a dependency that is there stays as it is, of whatever kind', () => {
  const text = '{ "devDependencies": { "beta": "^1" } }';
  expect(addDependencies(text, needs)).toBe(text);
});

test('a package.json that cannot be read is said to be one', () => {
  expect(() => addDependencies('{', needs)).toThrow(/package\.json cannot be read/);
});
