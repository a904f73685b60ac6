import { type Backoff, type Decision, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';

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
    [{ delayMs: 100, jitter: 1 }, 1, 0.25, 75],
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
    [{ backoff: { jitter: 2 } }, /backoff.jitter must be between 0 and 1/],
  ])('refuses %o', (options, message) => {
    expect(() => new RetryStrategy(options as never)).toThrow(message);
  });
});
