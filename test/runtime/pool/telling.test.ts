import { expect, test } from 'vitest';
import {
  Echo,
  EndProcess,
  FailTimes,
  Reporter,
  ReportsElsewhere,
  ReportsLate,
  TellsWhilePacked,
  Title,
} from './jobs.worker.js';
import { expectAllOk, provePool } from './prove-pool.js';

test('stats and events tell what happens', () =>
  provePool({ processes: 2 }, async (pool) => {
    const seen: string[] = [];
    pool.on('spawn', ({ pid }) => seen.push(pid > 0 ? 'spawn' : 'spawn of nothing'));
    pool.on('exit', ({ signal }) => seen.push(`exit ${signal}`));
    pool.on('idle', () => seen.push('idle'));
    let answers = 0;
    pool.on('response', () => {
      answers += 1;
    });
    await pool.map(new FailTimes(), [0, 1, 0]);
    expect(pool.stats()).toMatchObject({
      processes: 2,
      spawned: 2,
      outstanding: 0,
      delayed: 0,
      succeeded: 2,
      failed: 1,
    });
    expect(pool.stats().pids).toHaveLength(2);
    await pool.run(new EndProcess(), { how: 'signal', signal: 'SIGKILL' });
    await pool.run(new Echo(), 1);
    expect(answers).toBe(5);
    expect(seen).toContain('exit SIGKILL');
    expect(seen).toContain('spawn');
    expect(seen.filter((what) => what === 'idle').length).toBeGreaterThanOrEqual(3);
  }));

test('a listener of the pool that throws is reported, and nothing else', async () => {
  const reported: unknown[] = [];
  const logger = { error: (...said: unknown[]) => reported.push(said), warn() {}, info() {}, debug() {} };
  await provePool({ logger: logger as never }, async (pool) => {
    for (const name of ['response', 'idle', 'exit'] as const)
      pool.on(name, () => {
        throw new Error(`from ${name}`);
      });
    const responses = await pool.map(new Echo(), [1, 2, 3]);
    expect(responses.map(({ body }) => body)).toEqual([1, 2, 3]);
  });
  expect(reported.length).toBeGreaterThanOrEqual(4);
});

test('a listener that comes in the midst of a call hears of what follows, and the call has all responses', () =>
  provePool({ processes: 2 }, async (pool) => {
    const inputs = Array.from({ length: 20_000 }, (_, index) => index);
    const heard: number[] = [];
    let isListening = false;
    const listen = ({ done }: { done: number }) => {
      if (isListening || done < 5_000) return;
      isListening = true;
      pool.on('response', ({ index }) => heard.push(index));
    };
    const responses = await pool.map(new Echo(), inputs, { onProgress: listen });
    expect(responses.map(({ ok, body, index }) => ok && body === index)).toEqual(inputs.map(() => true));
    expect(new Set(responses.map(({ jobId }) => jobId)).size).toBe(inputs.length);
    expect(heard.length).toBe(inputs.length - 5_000);
    expect(responses[heard[0]!]).toMatchObject({ ok: true, attempts: [{ exitCode: 0 }] });
    expect(pool.stats()).toMatchObject({ succeeded: inputs.length, failed: 0 });
  }));

test('what a getter of a result tells comes before the result, and both arrive whole', () =>
  provePool({ processes: 1 }, async (pool) => {
    const told: unknown[] = [];
    const responses = await pool.map(new TellsWhilePacked(), [1, 2, 3], {
      onProgress: ({ value, done }) => told.push(value === undefined ? done : value),
    });
    const text = 'y'.repeat(60);
    expect(responses.map(({ body }) => body)).toEqual(
      [1, 2, 3].map((n) => ({ before: text, n, after: text })),
    );
    expect(told).toEqual([{ n: 1, text }, 1, { n: 2, text }, 2, { n: 3, text }, 3]);
    for (const { attempts } of responses) expect(attempts[0]!.runMs).toBeGreaterThan(2);
  }));

test('a queue of results that fails is reported, and the responses come', async () => {
  const reported: unknown[] = [];
  const logger = { error: (...said: unknown[]) => reported.push(said), warn() {}, info() {}, debug() {} };
  const results = {
    name: 'broken',
    put() {
      throw new Error('cannot put');
    },
  };
  await provePool({ logger: logger as never, results: results as never }, async (pool) => {
    expectAllOk(await pool.map(new Echo(), [1, 2]), 2);
  });
  expect(reported.length).toBeGreaterThanOrEqual(2);
});

test('progress comes in order, before the response', () =>
  provePool({}, async (pool) => {
    const seen: unknown[] = [];
    const response = await pool.run(new Reporter(), 5_000, { onProgress: ({ value }) => seen.push(value) });
    expect(response.body).toBe('done');
    expect(seen).toEqual(Array.from({ length: 5_000 }, (_, at) => at));
    const told: string[] = [];
    await pool.map(new Reporter(), [2, 2], {
      onProgress: ({ done, failed, total, value }) => {
        told.push(`${done}/${total} ${failed} ${value}`);
        throw new Error('onProgress that throws');
      },
    });
    expect(told.filter((line) => line.endsWith('undefined'))).toEqual(['1/2 0 undefined', '2/2 0 undefined']);
    expect(told).toHaveLength(6);
  }));

test('what a killed process said last is in its error', () =>
  provePool({ processes: 1 }, async (pool) => {
    const { error, jobId } = await pool.run(new EndProcess(), { how: 'abort' });
    expect(error).toMatchObject({ code: 'ERR_PROCESS_CRASHED', signal: 'SIGABRT' });
    expect((error as unknown as { stderr: string }).stderr).toContain(`last words of ${jobId}`);
    expect(error!.message).toContain(jobId);
  }));

test('the title of a process names its job', () =>
  provePool({ processes: 1 }, async (pool) => {
    const { body } = await pool.run(new Title(), 0);
    expect(body!.title).toBe(`mproc Title ${body!.jobId}`);
  }));

test.each([
  ['by its class', new ReportsLate(), ['leave', 'wait']],
  ['by a function that its class calls', new ReportsElsewhere(), ['first', 'leave', 'wait']],
] as const)(
  'progress that a job reports after its end, %s, is not taken for that of the next job',
  (_, worker, jobs) =>
    provePool({ processes: 1 }, async (pool) => {
      const heard: unknown[] = [];
      const onProgress = ({ value }: { value?: unknown }) => {
        if (value !== undefined) heard.push(value);
      };
      const responses = await pool.map(worker as ReportsElsewhere, jobs, { onProgress });
      expect(responses.map(({ body }) => body)).toEqual(jobs);
      expect(heard).toEqual(jobs.map((job) => `${job} begins`));
    }),
);
