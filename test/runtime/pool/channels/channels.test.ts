import { AsyncLocalStorage } from 'node:async_hooks';
import { channel, tracingChannel } from 'node:diagnostics_channel';
import { ProcessPool, RetryStrategy } from 'mproc-worker';
import { afterEach, describe, expect, test } from 'vitest';
import type { JobMessage } from '../../../../runtime/src/pool/channels/job-channel.js';
import type { ProcessMessage } from '../../../../runtime/src/pool/channels/process-channel.js';
import type { QueueMessage } from '../../../../runtime/src/pool/channels/queue-channel.js';
import { queuesOf, removeQueues } from '../../remote/queues.js';
import { Echo, EndProcess, FailTimes, Later } from '../jobs.worker.js';
import { until } from '../prove-pool.js';

const PHASES = ['start', 'end', 'asyncStart', 'asyncEnd', 'error'] as const;
const jobs = tracingChannel<JobMessage>('mproc-worker:job');
const forget: (() => void)[] = [];
afterEach(() => {
  for (const one of forget.splice(0)) one();
});

/** What is told of jobs, in order. */
function listen(onMessage: (phase: string, message: JobMessage) => void): void {
  for (const phase of PHASES) {
    const subscriber = (message: unknown) => onMessage(phase, message as JobMessage);
    jobs[phase].subscribe(subscriber);
    forget.push(() => jobs[phase].unsubscribe(subscriber));
  }
}

async function collected<T>(values: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const value of values) all.push(value);
  return all;
}

function hear<Message>(name: string): Message[] {
  const heard: Message[] = [];
  const subscriber = (message: unknown) => void heard.push(message as Message);
  channel(name).subscribe(subscriber);
  forget.push(() => channel(name).unsubscribe(subscriber));
  return heard;
}

describe('mproc-worker:job', () => {
  test.each(['start', 'end'])(
    'who ends the pool as a job begins (%s) leaves no promise of it behind',
    async (at) => {
      const pool = new ProcessPool(1);
      const told: string[] = [];
      listen((phase) => {
        told.push(phase);
        if (phase === at) void pool.destroy();
      });
      await expect(pool.run(new Echo(), 1)).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
      expect(told).toEqual(['start', 'end', 'error', 'asyncStart', 'asyncEnd']);
      await pool.close();
    },
  );

  test('who aborts the call as its job begins leaves nothing of it in the pool', async () => {
    await using pool = new ProcessPool(1);
    const controller = new AbortController();
    listen((phase) => {
      if (phase === 'start') controller.abort();
    });
    await expect(pool.run(new Echo(), 1, { signal: controller.signal })).rejects.toMatchObject({
      code: 'ABORT_ERR',
    });
    expect(pool.stats()).toMatchObject({ outstanding: 0, inMemory: 0 });
  });

  test('tells each step of a job with one object, which has the response in the end', async () => {
    const told: [string, JobMessage, unknown][] = [];
    listen((phase, message) => told.push([phase, message, message.result]));
    await using pool = new ProcessPool(1);
    const response = await pool.run(new Echo(), 'x');
    expect(told.map(([phase]) => phase)).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    expect(new Set(told.map(([, message]) => message)).size).toBe(1);
    expect(told[0]![1]).toMatchObject({
      jobId: response.jobId,
      class: 'Echo',
      origin: 'caller',
      queue: undefined,
      carrier: {},
    });
    expect(told.map(([, , result]) => result)).toEqual([undefined, undefined, response, response]);
  });

  test.each(['map', 'imap', 'inline'] as const)(
    'tells of each job once, also of tiny ones (%s)',
    async (how) => {
      await using pool = new ProcessPool({ processes: how === 'inline' ? 'inline' : 2 });
      // By now its jobs would share slots.
      await pool.map(
        new Echo(),
        Array.from({ length: how === 'inline' ? 1 : 3_000 }, () => 0),
      );
      const phases = new Map<string, string[]>();
      listen((phase, { jobId }) => {
        const heard = phases.get(jobId) ?? [];
        heard.push(phase);
        phases.set(jobId, heard);
      });
      const inputs = Array.from({ length: how === 'inline' ? 20 : 2_000 }, (_, n) => n);
      const responses =
        how === 'imap' ? await collected(pool.imap(new Echo(), inputs)) : await pool.map(new Echo(), inputs);
      expect([...phases.keys()].sort()).toEqual(responses.map(({ jobId }) => jobId).sort());
      for (const heard of phases.values()) expect(heard).toEqual(['start', 'end', 'asyncStart', 'asyncEnd']);
    },
  );

  test('tells an error once, whatever ends a job', async () => {
    const errors = new Map<string, unknown>();
    const ended: string[] = [];
    listen((phase, { jobId, error }) => {
      if (phase === 'error') errors.set(jobId, (error as { code?: string }).code ?? error?.message);
      if (phase === 'asyncEnd') ended.push(jobId);
    });
    const pool = new ProcessPool({ processes: 2, killTimeoutMs: 50 });
    const fails = new FailTimes();
    fails.retryStrategy = new RetryStrategy({ maxRetries: 1 });
    const failed = await pool.run(fails, 9);
    const died = await pool.run(new EndProcess(), { how: 'signal' });
    const canceled = pool.run(new Later(), 60_000);
    pool.cancel(canceled.jobId);
    await canceled;
    const destroyed = [pool.run(new Later(), 60_000), pool.map(new Later(), [60_000])];
    await until(() => pool.stats().running === 2);
    await Promise.all([pool.destroy(), Promise.allSettled(destroyed)]);
    expect(errors.get(failed.jobId)).toBe('attempt 2 fails');
    expect(errors.get(died.jobId)).toBe('ERR_PROCESS_CRASHED');
    expect([...errors.values()].slice(2)).toEqual(Array(3).fill('ERR_JOB_CANCELED'));
    expect(ended).toHaveLength(5);
    expect(new Set(ended).size).toBe(5);
  });

  test('leaves the path of what cannot be sent as it is where something goes with the job', async () => {
    listen((phase, { carrier }) => {
      if (phase === 'start') carrier.mark = 'x';
    });
    await using pool = new ProcessPool(1);
    const refused = await pool.run(new Echo(), { items: [() => {}] });
    expect(refused).toMatchObject({ ok: false, error: { code: 'ERR_VALUE', path: 'args.items[0]' } });
    expect(await pool.run(new Echo(), 'x')).toMatchObject({ ok: true, body: 'x' });
  });

  test('tells in the context of the caller', async () => {
    const storage = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    listen((phase, { class: name }) => seen.push([phase, name, storage.getStore()]));
    await using pool = new ProcessPool(1);
    await Promise.all([
      storage.run('one', () => pool.map(new Echo(), [1, 2])),
      storage.run('two', () => pool.run(new Later(), 1)),
    ]);
    expect(seen).toHaveLength(12);
    for (const [, name, store] of seen as string[][]) expect(store).toBe(name === 'Echo' ? 'one' : 'two');
  });

  test('tells the caller and the host of a job that goes over a queue', async () => {
    const space = `channels-${process.pid}`;
    const told: JobMessage[] = [];
    listen((phase, message) => {
      if (phase === 'start') message.carrier.mark ??= message.origin;
      if (phase === 'asyncEnd') told.push(message);
    });
    {
      await using pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
      await pool.map(new Echo(), [1]);
      await pool.submit(new Echo(), 2);
      await until(() => told.length === 4);
    }
    await removeQueues(space, ['jobs.Echo']);
    const short = told.map(({ origin, queue, carrier, class: name }) => [name, origin, queue, carrier.mark]);
    expect(short.sort()).toEqual([
      ['Echo', 'caller', `${space}.jobs.Echo`, 'caller'],
      ['Echo', 'caller', `${space}.jobs.Echo`, 'caller'],
      ['Echo', 'queue', undefined, 'caller'],
      ['Echo', 'queue', undefined, 'caller'],
    ]);
  });
});

test('mproc-worker:process tells when processes are made, and why they end', async () => {
  const heard = hear<ProcessMessage>('mproc-worker:process');
  {
    await using pool = new ProcessPool({ processes: 1, maxJobsPerProcess: 2 });
    await pool.run(new EndProcess(), { how: 'signal' });
    await pool.map(new Echo(), [1, 2]);
    await until(() => pool.stats().restarts.retired === 1);
  }
  const exits = heard.filter(({ event }) => event === 'exit');
  expect(exits[0]).toMatchObject({ reason: 'crashed', signal: 'SIGKILL', stderr: /last words/ });
  expect(exits[1]).toMatchObject({ reason: 'retired', exitCode: 0 });
  const pids = heard.filter(({ event }) => event === 'spawn').map(({ pid }) => pid);
  // Those that are spare end in any order.
  const ended = exits.map(({ pid }) => pid);
  expect(new Set(ended).size).toBe(ended.length);
  expect(ended.filter((pid) => !pids.includes(pid))).toEqual([]);
});

test('mproc-worker:queue tells what a pool does with its queues', async () => {
  const space = `channels-queue-${process.pid}`;
  const heard = hear<QueueMessage>('mproc-worker:queue');
  {
    await using pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    await pool.map(new Echo(), [1, 2, 3]);
  }
  await removeQueues(space, ['jobs.Echo']);
  const counts = (operation: string, queue: RegExp) =>
    heard
      .filter((one) => one.operation === operation && queue.test(one.queue) && one.error === undefined)
      .reduce((sum, { count }) => sum + count, 0);
  expect(counts('put', /jobs\.Echo$/)).toBe(3);
  expect(counts('reserve', /jobs\.Echo$/)).toBe(3);
  expect(counts('ack', /jobs\.Echo$/)).toBe(3);
  // And what a reader leaves there for hosts to see.
  expect(counts('put', /answers/)).toBeGreaterThanOrEqual(3);
  for (const { durationMs } of heard) expect(durationMs).toBeGreaterThanOrEqual(0);
});
