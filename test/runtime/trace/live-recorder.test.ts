import { expect, test } from 'vitest';
import { BAR_BOUNDS, barOf } from '../../../runtime/src/trace/bars.js';
import { LiveRecorder } from '../../../runtime/src/trace/live-recorder.js';
import { addRecorder, recordersOf, removeRecorder } from '../../../runtime/src/trace/recorders.js';

const caller = { number: 1, record: { jobIdPrefix: 'pool.1' } };
const taskOf = (name: string) => ({ id: 1, name });

test('a bar has the times up to its bound, and the last one all that are longer', () => {
  BAR_BOUNDS.forEach((bound, at) => {
    expect(barOf(bound)).toBe(at);
    expect(barOf(bound * 1.01)).toBe(Math.min(at + 1, BAR_BOUNDS.length - 1));
  });
  expect([0, -1, Number.NaN, 1e12].map(barOf)).toEqual([0, 0, 0, BAR_BOUNDS.length - 1]);
});

test('every attempt is counted, and of more than there is room for the longest are told', () => {
  const recorder = new LiveRecorder();
  for (let index = 0; index < 3_000; index += 1)
    recorder.attempt(taskOf('Busy'), caller, index, 1, undefined, 7, 0, 10, index === 2_999 ? 5_000 : 11);
  recorder.attempt(taskOf('Busy'), caller, 3_000, 2, 'timeout', 7, 0, 10, 20);
  const piece = recorder.take(6_000);
  expect(piece.classes.Busy).toMatchObject({ ok: 3_000, timeout: 1, error: 0, crash: 0 });
  expect(piece.classes.Busy!.runBars.reduce((sum, count) => sum + count, 0)).toBe(3_001);
  expect(piece.spans).toHaveLength(300);
  expect(piece.leftOut).toBe(2_701);
  expect(piece.spans).toContainEqual([7, 10, 5_000, 'ok', 'Busy', 'pool.1.2999', 1]);
  expect(recorder.take(7_000)).toMatchObject({ spans: [], leftOut: 0, events: [] });
});

test('what it keeps is bounded, however many classes, events and words there are', () => {
  const recorder = new LiveRecorder();
  for (let index = 0; index < 1_000; index += 1) {
    recorder.attempt(taskOf(`Class${index}`), caller, index, 1, undefined, 7, 0, 10, 11);
    recorder.note({
      kind: 'death',
      at: 1,
      pid: 7,
      reason: 'crashed',
      how: 'SIGKILL',
      stderr: 'x'.repeat(1e5),
    });
    const failure = { at: 1, pid: 7, jobId: 'j', class: 'C', attempt: 1, failure: 'timeout' } as const;
    recorder.failure({ ...failure, error: 'e'.repeat(1e5), stack: 'at parse (x.ts:1:1)'.repeat(1e4) });
  }
  const piece = recorder.take(10);
  expect(JSON.stringify(piece).length).toBeLessThan(600_000);
  expect(piece.classes.others?.ok).toBe(900);
  expect(piece.events[1]).toMatchObject({ kind: 'failure', stack: expect.stringMatching(/^at parse/) });
});

test('a pool may be traced and watched at once, and each end leaves the other', () => {
  const pool = { recorder: undefined };
  const [first, second] = [new LiveRecorder(), new LiveRecorder()];
  addRecorder(pool, first);
  addRecorder(pool, second);
  expect(recordersOf(pool)).toEqual([first, second]);
  removeRecorder(pool, first);
  expect(recordersOf(pool)).toEqual([second]);
  removeRecorder(pool, first);
  removeRecorder(pool, second);
  expect(pool.recorder).toBeUndefined();
});
