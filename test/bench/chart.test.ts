import { expect, test } from 'vitest';
import { linearAxis, logAxis } from '../../bench/plot/axis.js';
import { drawChart } from '../../bench/plot/chart.js';

test.each([
  [[100, 1_000_000], 10, [100, 1_000, 10_000, 100_000, 1_000_000]],
  [[30, 700], 10, [10, 100, 1_000]],
  [[5], 10, [1, 10]],
  [[1, 32], 2, [1, 2, 4, 8, 16, 32]],
])('a logarithmic axis over %j with base %d has ticks at %j', (values, base, ticks) => {
  expect(logAxis(values, base).ticks).toEqual(ticks);
});

test('a logarithmic axis places its ends at 0 and 1', () => {
  const { place } = logAxis([10, 1_000], 10);
  expect([place(10), place(100), place(1_000)].map((at) => at.toFixed(3))).toEqual([
    '0.000',
    '0.500',
    '1.000',
  ]);
});

test('a linear axis begins at 0 and has a handful of round ticks', () => {
  expect(linearAxis([3, 95]).ticks).toEqual([0, 20, 40, 60, 80]);
});

test('a chart is an SVG with a line for each series, and texts that cannot break it', () => {
  const svg = drawChart({
    title: 'a < b & "c"',
    x: { label: 'x', base: 10, format: String },
    y: { label: 'y', format: String },
    series: [
      {
        name: 'one',
        points: [
          [1, 1],
          [10, 2],
        ],
      },
      { name: 'two', points: [[1, 3]] },
    ],
  });
  expect(svg).toMatch(/^<svg [^>]*viewBox="0 0 720 400"/);
  expect(svg.match(/<polyline/g)).toHaveLength(2);
  expect(svg).toContain('a &#60; b &#38; &#34;c&#34;');
  expect(svg).not.toContain('NaN');
});
