import { expect, test } from 'vitest';
import { content } from './files.js';

type Row = readonly string[];

/** The tables of a page, each with its heading row first. */
function tablesOf(page: string): Row[][] {
  return [...content(page).matchAll(/(?:^\|.*\|$\n)+/gm)].map(([table]) =>
    table
      .trim()
      .split('\n')
      .filter((line) => !/^\|[\s:|-]+\|$/.test(line))
      .map((line) =>
        line
          .split(/(?<!\\)\|/)
          .slice(1, -1)
          .map((cell) => cell.trim()),
      ),
  );
}

const performance = tablesOf('docs/performance.md');

test('performance.md compares a size with piscina once, so that it cannot say two things of it', () => {
  const sizes = performance.flatMap(([heading = [], ...rows]) =>
    heading.some((name) => name.startsWith('piscina')) && /size/.test(heading[0] ?? '')
      ? rows.map(([size]) => size)
      : [],
  );
  expect(sizes).toContain('4 MB');
  expect([...new Set(sizes)]).toEqual(sizes);
});

/** What each benchmark has measured; a row without a name goes on with the one above. */
function measured(): Map<string, string> {
  const table = performance.find(([heading]) => heading?.join() === 'benchmark,against,goal,measured,')!;
  const found = new Map<string, string>();
  let benchmark = '';
  for (const [name = '', against = '', , figures = ''] of table.slice(1)) {
    benchmark = name.replaceAll('`', '') || benchmark;
    found.set(benchmark, `${found.get(benchmark) ?? ''} ${against} ${figures}`);
  }
  return found;
}

test('the figures of the README are those of performance.md', () => {
  const [, ...rows] = tablesOf('README.md').find(([heading]) => heading?.[1] === 'command')!;
  const results = rows.flatMap(([, command = '', result = '']) => {
    const benchmark = /npm run bench -- (\w+)/.exec(command)?.[1];
    return benchmark === undefined ? [] : [{ benchmark, result }];
  });
  expect(results.length).toBeGreaterThan(5);
  for (const { benchmark, result } of results) {
    const figures = [...result.matchAll(/([\d.]+) (?:×|µs)/g)].map(([, figure = '']) => figure);
    expect(figures.length, result).toBeGreaterThan(0);
    // The README leaves out the last digits.
    const known = [...(measured().get(benchmark) ?? '').matchAll(/[\d.]+/g)].map(([figure]) => figure);
    expect(
      figures.filter((figure) => !known.some((each) => each.startsWith(figure))),
      benchmark,
    ).toEqual([]);
  }
});

test('the deaths that the README counts are those of reliability.md', () => {
  const rows = tablesOf('README.md').flat();
  const counted = rows.flatMap(([, command = '', result = '']) => {
    const scenario = /npm run chaos -- (g\d+)/.exec(command)?.[1];
    return scenario === undefined ? [] : [{ scenario, result }];
  });
  expect(counted.length).toBeGreaterThan(3);
  const known = new Map(
    tablesOf('docs/reliability.md').flatMap((table) => table.map((row) => [row[0], row.join(' ')])),
  );
  for (const { scenario, result } of counted) {
    const row = known.get(scenario.toUpperCase()) ?? '';
    const figures = [...result.matchAll(/(?<![\w,])\d[\d,]*/g)].map(([figure]) => figure);
    expect(
      figures.filter((figure) => !new RegExp(`(?<![\\w,.])${figure}(?![\\w,.]*\\d)`).test(row)),
      scenario,
    ).toEqual([]);
  }
});
