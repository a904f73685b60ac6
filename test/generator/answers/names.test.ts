import { describe, expect, test } from 'vitest';
import { camel, kebab, pascal } from '../../../generator/answers/case.js';
import { parseName } from '../../../generator/answers/names.js';

describe('a name', () => {
  test.each([
    ['Sums', 'Sums', 'sums', 'sums'],
    ['orderMail', 'OrderMail', 'order-mail', 'orderMail'],
    ['order-mail', 'OrderMail', 'order-mail', 'orderMail'],
    ['order_mail', 'OrderMail', 'order-mail', 'orderMail'],
    ['HTTPServer', 'HTTPServer', 'http-server', 'httpServer'],
    ['Sha256', 'Sha256', 'sha256', 'sha256'],
    ['A', 'A', 'a', 'a'],
  ])('%s has its spellings', (typed, name, kebabCase, camelCase) => {
    expect(parseName('worker', typed)).toEqual({
      name,
      kebab: kebabCase,
      camel: camelCase,
      folder: '',
    });
  });

  test.each([
    ['', /empty/],
    ['class', /reserved word/],
    ['await', /reserved word/],
    ['../x', /path/],
    ['a/../b', /path/],
    ['/b', /path/],
    ['A b/C', /path/],
    ['a\\b', /path/],
    ['..', /path/],
    ['1st', /digit/],
    ['a b', /only letters/],
    ["a'b", /only letters/],
    ['a`b', /only letters/],
    ['{{name}}', /only letters/],
    [`$\{x}`, /only letters/],
    ['a\nb', /U\+000A/],
    ['a\0b', /U\+0000/],
    ['Ѕums', /U\+0405/],
    ['Sums\u200b', /U\+200B/],
    ['ｓums', /U\+FF53/],
    ['a'.repeat(65), /64 are allowed/],
    ['Worker', /something else/],
    ['Promise', /something else/],
    ['a--b', /only letters/],
    ['-a', /only letters/],
    ['__proto__', /only letters/],
  ])('%j is refused', (typed, why) => {
    expect(() => parseName('worker', typed)).toThrow(why);
  });

  test('a refusal is one line, whatever was typed', () => {
    for (const typed of ['a\nb', 'a\r\nb', 'a\u2028b', 'a\u0007b'])
      try {
        parseName('queue', typed);
        expect.unreachable();
      } catch (error) {
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not be there
        expect((error as Error).message).not.toMatch(/[\x00-\x1f\u2028]/);
      }
  });
});

test.each([
  ['XMLHttpRequest', 'xml-http-request', 'xmlHttpRequest', 'XMLHttpRequest'],
  ['my-project', 'my-project', 'myProject', 'MyProject'],
])('%s in other spellings', (typed, kebabCase, camelCase, pascalCase) => {
  expect([kebab(typed), camel(typed), pascal(typed)]).toEqual([kebabCase, camelCase, pascalCase]);
});
