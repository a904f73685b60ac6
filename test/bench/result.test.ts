import { expect, test } from 'vitest';
import { mustBe, result } from '../../bench/measure/result.js';
import { alternate, median } from '../../bench/measure/rounds.js';

const ROWS = [{ subject: 'ours', value: 1234.567, unit: 'jobs/s' }];

test.each<['at least' | 'at most', number | null, number, boolean]>([
  ['at least', 10, 10, true],
  ['at least', 9.9, 10, false],
  ['at most', 0.25, 0.25, true],
  ['at most', 0.26, 0.25, false],
  ['at most', null, 0.25, false],
  ['at most', Number.NaN, 0.25, false],
])('a goal of %s: %d against %d is reached: %s', (sense, ratio, goal, ok) => {
  const { checks } = result('x', { goals: [{ against: 'a peer', ratio, goal, sense }], rows: ROWS });
  expect(checks[0]?.ok).toBe(ok);
});

test('a result is named by its first goal, and ok when all are reached', () => {
  const goals = [
    { against: 'a', ratio: 12.34567, goal: 10 },
    { against: 'b', ratio: 1, goal: 2 },
  ];
  expect(result('x', { goals, rows: ROWS })).toMatchObject({
    name: 'x',
    ratio: 12.35,
    goal: 10,
    ok: false,
    rows: [{ subject: 'ours', value: 1235, unit: 'jobs/s' }],
  });
});

test('a wrong result is an error that names it', () => {
  expect(() => mustBe('answer 3', 7, 18)).toThrow('answer 3 must be 18; received 7');
});

test.each([
  [[3], 3],
  [[5, 1, 3], 3],
  [[4, 1, 3, 2], 2.5],
])('the median of %j is %d', (values, expected) => {
  expect(median(values)).toBe(expected);
});

test('subjects take turns, and another one begins each round', async () => {
  const order: string[] = [];
  const subject = (name: string) => ({
    name,
    measure: () => {
      order.push(name);
      return order.length;
    },
  });
  const values = await alternate([subject('a'), subject('b')], 2);
  expect(order).toEqual(['a', 'b', 'b', 'a']);
  expect(values).toEqual({ a: [1, 4], b: [2, 3] });
});
