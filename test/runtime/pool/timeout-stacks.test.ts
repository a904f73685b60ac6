import { type JobResponse, ProcessPool, RetryStrategy } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { Stuck } from './stuck.worker.js';
import { StuckElsewhere } from './stuck-elsewhere.worker.mjs';

const PLACE = /at parse \(test\/runtime\/pool\/stuck\.worker\.ts:23:\d+\)/;

/** Until a stack was taken in its time: a machine that is busy may not give it that. */
async function untilStack(run: () => Promise<JobResponse<number>>): Promise<JobResponse<number>> {
  let response = await run();
  for (let times = 0; times < 200 && response.attempts.every(({ stack }) => stack === undefined); times += 1)
    response = await run();
  return response;
}

describe.skipIf(process.platform !== 'linux')('the stack of a job that ran too long', () => {
  test('is told with its attempt, and its first line ends the message', async () => {
    await using pool = new ProcessPool({ processes: 1, timeoutMs: 200, killTimeoutMs: 20 });
    const { error, attempts } = await untilStack(() => pool.run(new Stuck(), { kind: 'loop' }));
    expect(error).toMatchObject({ code: 'ERR_JOB_TIMEOUT', timeoutMs: 200 });
    const [first, second] = attempts[0]!.stack!.split('\n');
    expect(first).toMatch(PLACE);
    expect(second).toMatch(/^at process \(test\/runtime\/pool\/stuck\.worker\.ts:\d+:\d+\)$/);
    expect(error?.message).toMatch(new RegExp(`was stopped ${PLACE.source}$`));
    expect(attempts[0]?.error).toBe(error);
  });

  test('is told whatever URL its code calls itself by', async () => {
    await using pool = new ProcessPool({ processes: 1, timeoutMs: 200, killTimeoutMs: 20 });
    const { error, attempts } = await untilStack(() => pool.run(new StuckElsewhere()));
    expect(error).toMatchObject({ code: 'ERR_JOB_TIMEOUT' });
    expect(attempts[0]!.stack).toContain('(file://elsewhere/%2f/code.js:');
  });

  test('is told of each attempt where there are several', async () => {
    await using pool = new ProcessPool({ processes: 1, timeoutMs: 200, killTimeoutMs: 20 });
    const stuck = new Stuck();
    stuck.retryStrategy = new RetryStrategy({ maxRetries: 1, type: 'immediately' });
    const { attempts, error } = await untilStack(() => pool.run(stuck, { kind: 'loop' }));
    expect(attempts).toHaveLength(2);
    for (const { stack, error: told } of attempts.filter((attempt) => attempt.stack !== undefined)) {
      expect(stack).toMatch(PLACE);
      expect(told?.message).toMatch(PLACE);
    }
    expect(error).toBe(attempts[1]?.error);
  });

  test('is not taken where no JavaScript runs, nor where that is switched off', async () => {
    await using pool = new ProcessPool({ processes: 1, timeoutMs: 100, killTimeoutMs: 20 });
    const waited = await pool.run(new Stuck(), { kind: 'sleep' });
    expect(waited.error?.message).toMatch(/ran longer than 100 ms and was stopped$/);
    expect(waited.attempts[0]).not.toHaveProperty('stack');
    await using silent = new ProcessPool({
      processes: 1,
      timeoutMs: 100,
      killTimeoutMs: 20,
      timeoutStacks: false,
    });
    const looped = await silent.run(new Stuck(), { kind: 'loop' });
    expect(looped.error?.message).toMatch(/ran longer than 100 ms and was stopped$/);
    expect(looped.attempts[0]).not.toHaveProperty('stack');
    expect(() => new ProcessPool({ timeoutStacks: 'no' as never })).toThrow(
      /timeoutStacks must be true or false/,
    );
  });

  test('leaves the pool as it was when it is destroyed meanwhile', async () => {
    const pool = new ProcessPool({ processes: 1, timeoutMs: 100 });
    const running = pool.run(new Stuck(), { kind: 'loop' });
    setTimeout(() => void pool.destroy(), 150);
    const outcome = await running.then(
      ({ error }) => error?.code,
      (error: { code: string }) => error.code,
    );
    expect(['ERR_JOB_TIMEOUT', 'ERR_POOL_CLOSED']).toContain(outcome);
    await pool.destroy();
  });
});

test('a job whose heap is full says so, with the limit and how to raise it', async () => {
  await using pool = new ProcessPool({ processes: 1, execArgv: ['--max-old-space-size=48'] });
  const { error } = await pool.run(new Stuck(), { kind: 'heap' });
  expect(error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', signal: 'SIGABRT' });
  expect(error?.message).toMatch(/JavaScript heap was full, at a limit of 48 MiB;.*--max-old-space-size=96/);
});
