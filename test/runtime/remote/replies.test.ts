import { expect, test } from 'vitest';
import { attemptsOf, isReplyRecord, replyOf } from '../../../runtime/src/pool/remote/records.js';
import { decodeRecord, encodeRecord } from '../../../runtime/src/queues/wire/index.js';
import { settledResponse } from '../../../runtime/src/response/job-response.js';

const RECORD = { jobIdPrefix: 'x', attemptOf: () => ({ pid: 7, queuedMs: 0.5, runMs: 1.5 }) };
const LAST = { error: undefined, exitCode: 0, signal: undefined, pid: 7, queuedMs: 0.5, runMs: 1.5 };
const CRASHED = { ...LAST, error: new Error('gone'), exitCode: 137, signal: 'SIGKILL' } as const;

test.each([{ n: 1 }, 'text', undefined])('the answer %j lies on its queue as plain JSON', (body) => {
  const text = encodeRecord(replyOf('x.0', settledResponse(undefined, body, 0, 0, RECORD, undefined)));
  expect(JSON.parse(text)).toEqual({
    version: 1,
    id: 'x.0',
    ok: true,
    ...(body !== undefined && { body }),
    exitCode: 0,
    attempts: [{ exitCode: 0, pid: 7, queuedMs: 0.5, runMs: 1.5 }],
  });
});

test('its caller has every attempt with all that it has without queues', () => {
  const response = settledResponse(undefined, 1, 0, 0, RECORD, [CRASHED]);
  const reply = decodeRecord(encodeRecord(replyOf('x.0', response)));
  if (!isReplyRecord(reply)) throw new Error('it must be a reply');
  const attempts = attemptsOf(reply);
  expect(attempts).toStrictEqual([CRASHED, LAST]);
  expect(Object.keys(attempts[1]!).sort()).toEqual(Object.keys(LAST).sort());
});
