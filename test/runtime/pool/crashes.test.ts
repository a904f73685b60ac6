import { RetryStrategy, SharedArray } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { DieAfter, Echo, type End, EndProcess, Hold, KillOthers, Later } from './jobs.worker.js';
import { Meet } from './meeting.worker.js';
import { expectAllOk, lives, provePool, until } from './prove-pool.js';

const ENDS: [string, End, object][] = [
  ['SIGKILL', { how: 'signal', signal: 'SIGKILL' }, { signal: 'SIGKILL', exitCode: 137 }],
  ['SIGSEGV', { how: 'signal', signal: 'SIGSEGV' }, { signal: 'SIGSEGV', exitCode: 139 }],
  ['abort', { how: 'abort' }, { signal: 'SIGABRT', exitCode: 134 }],
  ['exit(0)', { how: 'exit', code: 0 }, { signal: undefined, exitCode: 1 }],
  ['exit(7)', { how: 'exit', code: 7 }, { signal: undefined, exitCode: 7 }],
  ['an uncaught exception', { how: 'throw' }, { exitCode: 1, cause: 'nobody catches this' }],
  ['an unhandled rejection', { how: 'reject' }, { exitCode: 1, cause: 'nobody awaits this' }],
  ['an overwritten process.exit', { how: 'overwritten-exit' }, { signal: 'SIGKILL', exitCode: 137 }],
];

describe('a process that ends by', () => {
  test.each(ENDS)(
    '%s fails its job alone, and the job is run again where it may be',
    (_name, end, expected) =>
      provePool({ processes: 2 }, async (pool) => {
        const { cause, exitCode, ...more } = expected as { cause?: string; exitCode: number };
        const responses = await pool.map(new EndProcess(), [1, end, 2, 3]);
        expect(responses.map(({ ok }) => ok)).toEqual([true, false, true, true]);
        const failed = responses[1]!;
        expect(failed.exitCode).toBe(exitCode);
        expect(failed.error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', ...more });
        if (cause) expect((failed.error as Error).cause).toMatchObject({ message: cause });
        const worker = new EndProcess();
        worker.retryStrategy = new RetryStrategy();
        const again = await pool.run(worker, { ...end, attempts: 1 });
        expect(again).toMatchObject({ ok: true, body: -1 });
        expect(again.attempts).toHaveLength(2);
      }),
  );

  test('running out of memory fails its job alone', () =>
    provePool({ processes: 1, execArgv: ['--max-old-space-size=30'] }, async (pool) => {
      const response = await pool.run(new EndProcess(), { how: 'memory' });
      expect(response.error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', signal: 'SIGABRT' });
      expect((response.error as unknown as { stderr: string }).stderr).toMatch(/heap/);
    }));

  test('a throw after its result loses no response', () =>
    provePool({ processes: 2 }, async (pool) => {
      const worker = new DieAfter();
      worker.retryStrategy = new RetryStrategy({ maxRetries: 50 });
      const responses = await pool.map(
        worker,
        Array.from({ length: 30 }, (_, at) => at),
      );
      expect(responses.map(({ body }) => body)).toEqual(Array.from({ length: 30 }, (_, at) => at));
    }));
});

test('all processes killed at once, and again, lose nothing', () =>
  provePool({ processes: 4 }, async (pool) => {
    const worker = new Later();
    worker.retryStrategy = new RetryStrategy({ maxRetries: 50 });
    await pool.map(new Echo(), [1, 2, 3, 4]);
    const call = pool.map(worker, Array(40).fill(30));
    for (let round = 0; round < 2; round += 1) {
      await new Promise((resolve) => setTimeout(resolve, 60));
      for (const pid of pool.stats().pids) process.kill(pid, 'SIGKILL');
    }
    const responses = await call;
    expectAllOk(responses, 40);
  }));

test('processes that kill each other lose nothing', () =>
  provePool({ processes: 4 }, async (pool) => {
    await pool.map(new Hold(), Array(8).fill(20));
    const worker = new KillOthers();
    worker.retryStrategy = new RetryStrategy({ maxRetries: 50 });
    const { pids } = pool.stats();
    const responses = await pool.map(worker, Array(12).fill(pids));
    expect(responses.map(({ ok }) => ok)).toEqual(Array(12).fill(true));
    await until(() => !pids.every(lives));
  }));

test('an idle process that is killed is replaced, and is nobody’s error', () =>
  provePool({ processes: 2 }, async (pool) => {
    await pool.map(new Later(), [20, 20]);
    for (const pid of pool.stats().pids) process.kill(pid, 'SIGKILL');
    expect(await pool.run(new Echo(), 1)).toMatchObject({ ok: true, attempts: [{ exitCode: 0 }] });
  }));

test('SIGTERM lets a process finish its job first', () =>
  provePool({ processes: 1 }, async (pool) => {
    await pool.run(new Echo(), 1);
    using arrived = SharedArray.allocate('Int32Array', 1);
    const run = pool.run(new Meet(), { arrived, goesOnAt: 2 });
    await until(() => Atomics.load(arrived.values, 0) === 1);
    const [pid] = pool.stats().pids;
    process.kill(pid!, 'SIGTERM');
    Atomics.add(arrived.values, 0, 1);
    expect(await run).toMatchObject({ ok: true, attempts: [{ pid, exitCode: 0 }] });
    await until(() => !lives(pid!));
    expect((await pool.run(new Later(), 1)).body).not.toBe(pid);
  }));

test('a process that is stopped and comes back answers once', () =>
  provePool({ processes: 1 }, async (pool) => {
    await pool.run(new Echo(), 1);
    const run = pool.run(new Later(), 50);
    const [pid] = pool.stats().pids;
    process.kill(pid!, 'SIGSTOP');
    await new Promise((resolve) => setTimeout(resolve, 300));
    process.kill(pid!, 'SIGCONT');
    const response = await run;
    expect(response).toMatchObject({ ok: true, body: pid });
    expect(response.attempts).toHaveLength(1);
  }));
