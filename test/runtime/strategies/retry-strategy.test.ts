import { type Backoff, type Decision, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { checkDecision } from '../../../runtime/src/strategies/decide.js';

const failure = (attempt: number, random = 0) =>
  ({ kind: 'error', error: new Error('e'), attempt, elapsedMs: 0, random }) as const;

describe('RetryStrategy', () => {
  test.each<[number, number, Decision]>([
    [0, 1, { action: 'fail' }],
    [1, 1, { action: 'immediately' }],
    [1, 2, { action: 'fail' }],
    [3, 3, { action: 'immediately' }],
    [3, 4, { action: 'fail' }],
    [Number.POSITIVE_INFINITY, 1_000_000, { action: 'immediately' }],
  ])('with maxRetries %d decides after attempt %d: %o', (maxRetries, attempt, expected) => {
    expect(new RetryStrategy({ maxRetries }).decide(failure(attempt))).toEqual(expected);
  });

  test.each<[Backoff, number, number, number]>([
    [{}, 1, 0, 0],
    [{ delayMs: 100 }, 1, 0, 100],
    [{ delayMs: 100 }, 5, 0, 100],
    [{ delayMs: 100, type: 'exponential' }, 1, 0, 100],
    [{ delayMs: 100, type: 'exponential' }, 4, 0, 800],
    [{ delayMs: 100, type: 'exponential', maxDelayMs: 500 }, 4, 0, 500],
    [{ delayMs: 100, type: 'exponential', maxDelayMs: 500 }, 5_000, 0, 500],
    [{ delayMs: 100, maxDelayMs: 0 }, 1, 0, 0],
    [{ delayMs: 100, jitter: 1 }, 1, 0.25, 75],
    [{ delayMs: 100, type: 'exponential', jitter: 1 }, 3, 0.25, 300],
    [{ delayMs: 100, jitter: 0.5 }, 1, 0.5, 75],
  ])(
    'with back-off %o waits after attempt %d and chance %d so many ms: %d',
    (backoff, attempt, random, delayMs) => {
      const strategy = new RetryStrategy({ maxRetries: Number.POSITIVE_INFINITY, type: 'later', backoff });
      expect(strategy.decide(failure(attempt, random))).toEqual({ action: 'later', delayMs });
    },
  );

  test.each([
    [{ maxRetries: -1 }, /maxRetries must be a whole number from 0, or Infinity; received -1/],
    [{ maxRetries: 1.5 }, /maxRetries/],
    [{ type: 'soon' }, /type must be 'immediately' or 'later'; received soon/],
    [{ backoff: { type: 'linear' } }, /backoff.type/],
    [{ backoff: { delayMs: -1 } }, /backoff.delayMs/],
    [{ backoff: { maxDelayMs: Number.NaN } }, /backoff.maxDelayMs/],
    [{ backoff: { maxDelayMs: -1 } }, /backoff.maxDelayMs/],
    [{ backoff: { jitter: 2 } }, /backoff.jitter must be between 0 and 1/],
    [{ backoff: { jitter: -0.1 } }, /backoff.jitter must be between 0 and 1/],
    [{ retries: 1 }, /retries/],
    [{ backoff: { delay: 1 } }, /delay/],
  ])('refuses %o', (options, message) => {
    expect(() => new RetryStrategy(options as never)).toThrow(message);
  });
});

describe('a decision of a strategy', () => {
  test.each([
    { action: 'fail' },
    { action: 'immediately' },
    { action: 'later', delayMs: 0 },
    { action: 'later', delayMs: Number.POSITIVE_INFINITY },
  ] as Decision[])('%o is taken as it is', (decision) => {
    expect(checkDecision(decision)).toBe(decision);
  });

  test.each([
    undefined,
    null,
    {},
    { action: 'never' },
    { action: 'later' },
    { action: 'later', delayMs: Number.NaN },
    { action: 'later', delayMs: '5' },
    { delayMs: 5 },
    { action: 'retry', delayMs: 5 },
  ])('%o is refused, with what it was', (decision) => {
    expect(() => checkDecision(decision as never)).toThrow(/a strategy must decide .*; it decided/s);
    expect(() => checkDecision(decision as never)).toThrow(expect.objectContaining({ code: 'ERR_OPTION' }));
  });
});
