import { expect, test } from 'vitest';
import { retryWhileUnavailable } from '../../../runtime/src/pool/remote/retry-while-unavailable.js';

const options = { signal: new AbortController().signal, forMs: Number.POSITIVE_INFINITY, logger: console };

function failing(times: number, error: object) {
  const calls = { count: 0 };
  const action = () => {
    calls.count += 1;
    if (calls.count <= times) throw Object.assign(new Error('it failed'), error);
    return 'done';
  };
  return { calls, action };
}

test('what may pass is tried again', async () => {
  const { calls, action } = failing(2, { code: 'ERR_QUEUE_UNAVAILABLE', permanent: false });
  expect(await retryWhileUnavailable('a put', action, options)).toBe('done');
  expect(calls.count).toBe(3);
});

test.each([
  { code: 'ERR_QUEUE_UNAVAILABLE', permanent: true },
  { code: 'ERR_VALUE' },
  { code: 'ERR_QUEUE_CLOSED' },
])('what only a person can mend is told at once: %o', async (error) => {
  const { calls, action } = failing(1, error);
  await expect(retryWhileUnavailable('a put', action, options)).rejects.toMatchObject(error);
  expect(calls.count).toBe(1);
});
