import { inspect } from 'node:util';
import { JobResponse } from 'mproc-worker';
import { expect, test } from 'vitest';

test('a success tells its body and no error', () => {
  const response = JobResponse.success({ sum: 3 });
  expect(response).toMatchObject({ ok: true, body: { sum: 3 }, exitCode: 0, jobId: '' });
  expect(response.error).toBeUndefined();
});

test('a failure counts as the error’s own exit code where it has one that is not 0, else as 1', () => {
  expect(JobResponse.failure(new Error('e')).exitCode).toBe(1);
  expect(JobResponse.failure(Object.assign(new Error('e'), { exitCode: 9 })).exitCode).toBe(9);
  expect(JobResponse.failure(Object.assign(new Error('e'), { exitCode: 0 })).exitCode).toBe(1);
  expect(JobResponse.failure(new Error('e'), 42).exitCode).toBe(42);
});

test('a response gives its body, or throws its error', () => {
  const sum: number = JobResponse.success(3).orThrow();
  expect([sum, JobResponse.success(undefined).orThrow()]).toEqual([3, undefined]);
  const error = new RangeError('too large');
  let thrown: unknown;
  try {
    JobResponse.failure(error).orThrow();
  } catch (caught) {
    thrown = caught;
  }
  expect(thrown).toBe(error);
});

test('responses are told from other values, and can be printed', () => {
  const response = JobResponse.failure(new Error('it failed'));
  expect(JobResponse.isResponse(response)).toBe(true);
  for (const other of [undefined, null, 1, 'ok', {}, { ok: true, body: 1 }])
    expect(JobResponse.isResponse(other)).toBe(false);
  expect(JSON.parse(JSON.stringify(response))).toMatchObject({
    ok: false,
    error: 'Error: it failed',
    exitCode: 1,
  });
  expect(inspect(response)).toContain('it failed');
});
