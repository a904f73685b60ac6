import { beforeAll, describe, expect, test } from 'vitest';
import { resolvePoolOptions } from '../../runtime/src/pool/options.js';
import { apiPage } from '../../scripts/api-reference/api-page.js';
import { optionsPage, SECTIONS } from '../../scripts/api-reference/options-page.js';
import { type PublicEntries, publicEntries } from '../../scripts/api-reference/public-entries.js';
import { content } from './files.js';

let entries: PublicEntries;
beforeAll(() => {
  entries = publicEntries();
});

interface Option {
  readonly name: string;
  readonly value: string;
  readonly usual: string;
}

/** The rows of a section of the page of options. */
function optionsOf(section: string): Option[] {
  const [, table = ''] = content('docs/options.md').split(`## ${section}\n`);
  return [...table.split('\n## ')[0]!.matchAll(/^\| `(\w+)` \| (.*?) \| (.*?) \|/gm)].map(
    ([, name = '', value = '', usual = '']) => ({ name, value, usual }),
  );
}

describe('the reference', () => {
  test('of options is that of the sources (`npm run docs:api` writes it anew)', () => {
    expect(content('docs/options.md')).toBe(optionsPage(entries));
  });

  test('of the API is that of the sources (`npm run docs:api` writes it anew)', () => {
    expect(content('docs/api.md')).toBe(apiPage(entries));
  });

  test('has the options of every call', () => {
    const shown = new Set(SECTIONS.flatMap(({ names }) => names));
    const exported = Object.values(entries).flatMap((entry) => [...entry.keys()]);
    const options = exported.filter((name) => name.endsWith('Options'));
    // What calls have in common is shown with each.
    expect(options.filter((name) => !shown.has(name))).toEqual(['CallOptions', 'JobOptions']);
  });

  test('says something of each name, member and option', () => {
    const silent = ['docs/api.md', 'docs/options.md'].flatMap((page) =>
      content(page)
        .split('\n')
        .filter((line) => /^\| `.*` \|\s+\|$/.test(line)),
    );
    expect(silent).toEqual([]);
    const unexplained = [...content('docs/api.md').matchAll(/^#### (\w+)\n\n(?=\||```|#)/gm)];
    expect(unexplained.map(([, name]) => name)).toEqual([]);
  });
});

describe('an option of a pool', () => {
  const options = optionsOf('new ProcessPool');
  const resolved = resolvePoolOptions(undefined) as unknown as Record<string, unknown>;
  const numbers = options.filter(({ usual }) => /^[\d,]+$/.test(usual));

  test('is listed, whatever it is', () => {
    expect(options.length).toBeGreaterThan(20);
    expect(Object.keys(resolved).filter((name) => !options.some((option) => option.name === name))).toEqual([
      // What follows from how the program was started.
      'typescript',
    ]);
  });

  test.each(numbers)('has the default that the page tells: $name is $usual', ({ name, usual }) => {
    expect(resolved[name]).toBe(Number(usual.replaceAll(',', '')));
  });

  test.each(options)('is refused if it is wrong: $name', ({ name }) => {
    expect(() => resolvePoolOptions({ queues: () => null, [name]: Symbol('wrong') } as never)).toThrow(
      expect.objectContaining({ code: 'ERR_OPTION', message: expect.stringContaining(name) }),
    );
  });
});
