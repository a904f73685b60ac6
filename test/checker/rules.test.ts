import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test, vi } from 'vitest';
import { openProject } from '../../generator/checker/adapter/index.js';
import { type Analysis, analyse } from '../../generator/checker/analyse.js';
import { RULES } from '../../generator/checker/rules/index.js';
import { expectedPlaces, placeOf } from './expected-findings.js';

// A compilation is seconds of work on a busy machine.
vi.setConfig({ testTimeout: 600_000, hookTimeout: 600_000 });

const here = dirname(fileURLToPath(import.meta.url));
const fixtures = join(here, 'fixtures');
let analysis: Analysis;

beforeAll(() => {
  analysis = analyse(openProject(fixtures), { root: fixtures });
});

function placesBelow(folder: string) {
  return analysis.findings
    .filter((finding) => finding.file.startsWith(`${folder}/`))
    .map(placeOf)
    .sort();
}

describe.each(readdirSync(join(fixtures, 'rules')))('the fixtures of %s', (rule) => {
  test('hold every finding at its place, and no other', () => {
    expect(placesBelow(`rules/${rule}`)).toEqual(expectedPlaces(fixtures, `rules/${rule}`));
  });

  test('have a good and a bad one', () => {
    const expected = expectedPlaces(fixtures, `rules/${rule}`);
    expect(expected.some((place) => place.endsWith(` ${rule}`) && place.includes('/bad'))).toBe(true);
    expect(expected.filter((place) => place.includes('/good'))).toEqual([]);
  });
});

test('every rule has fixtures and a page', () => {
  const without = RULES.filter(
    ({ id }) =>
      !existsSync(join(fixtures, 'rules', id)) || !existsSync(join(here, '../../docs/rules', `${id}.md`)),
  );
  expect(without.map((rule) => rule.id)).toEqual([]);
});

test('every page says the clause that its rule says', () => {
  const pages = RULES.map(({ id }) => readFileSync(join(here, '../../docs/rules', `${id}.md`), 'utf8'));
  expect(pages.map((page) => /^> (.*)$/m.exec(page)?.[1])).toEqual(RULES.map((rule) => rule.clause));
});

test('only the adapter, and the plugin for the language service, know which compiler there is', () => {
  const checker = join(here, '../../generator/checker');
  const knowing = readdirSync(checker, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/^(adapter|language-service)\b/.test(name))
    .filter((name) =>
      /from '(ts-morph|typescript|.*\/adapter\/(?!index\.js))/.test(
        readFileSync(join(checker, name), 'utf8'),
      ),
    );
  expect(knowing).toEqual([]);
});

test('valid code in unusual forms has no finding', () => {
  expect(placesBelow('valid')).toEqual([]);
});
