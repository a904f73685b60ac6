import { expect, test } from 'vitest';
import { parseType } from '../../../generator/answers/type-grammar.js';

test.each([
  ['number', 'number', '0'],
  ['number[]', 'number[]', '[]'],
  ['readonly string[][]', 'readonly string[][]', '[]'],
  [' { id : number , tags? : string[] } ', '{ id: number; tags?: string[] }', '{ id: 0 }'],
  ['{}', 'Record<string, never>', '{}'],
  ['Map<string,Date>', 'Map<string, Date>', 'new Map()'],
  ['Record<string, unknown>', 'Record<string, unknown>', '{}'],
  ["'a'|'b'|null", "'a' | 'b' | null", "'a'"],
  ['"it\'s"', "'it\\'s'", "'it\\'s'"],
  ['-1 | 2.5', '-1 | 2.5', '-1'],
  ['[string,number]', '[string, number]', "['', 0]"],
  ['(string | number)[]', '(string | number)[]', '[]'],
  ['void', 'void', 'undefined'],
])('%s is a type, and has a value to begin with', (typed, text, sample) => {
  expect(parseType(typed)).toEqual({ text, sample });
});

test.each([
  ['', /empty/],
  ['any', /unknown does/],
  ['Function', /cannot cross/],
  ['() => void', /unexpected|ends|expected|no name/],
  ['Order', /not known here/],
  ["import('fs')", /unexpected|not known/],
  ['number>{} evil()', /unexpected/],
  ['string; process.exit()', /unexpected/],
  ['string[', /expected \]/],
  ['Map<string>', /takes 2/],
  ['Record<Date, string>', /string or number/],
  ['{ a: string, a: number }', /twice/],
  ['{ __proto__: string }', /__proto__/],
  ['{{name}}', /no name/],
  ['`template`', /unexpected/],
  ['string // comment', /unexpected/],
  ["'a\nb'", /unexpected/],
  ['('.repeat(50), /deep/],
  ['x'.repeat(301), /longer/],
  ['constructor', /not known/],
  ['hasOwnProperty', /not known/],
])('%j is refused', (typed, why) => {
  expect(() => parseType(typed)).toThrow(why);
});
