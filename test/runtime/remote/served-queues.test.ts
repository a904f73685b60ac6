import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import {
  encodeRecord,
  JobEvent,
  NullQueue,
  OptionError,
  ProcessPool,
  type QueueFactory,
  RetryStrategy,
  SharedMemoryQueue,
  ValueError,
} from 'mproc-worker';
import { afterAll, beforeEach, describe, expect, test, vi } from 'vitest';
import { SEGMENT_FOLDER } from '../../../runtime/src/segment/shared-folder.js';
import { withMoreTime } from '../../more-time.js';
import { endProgram, until } from '../pool/prove-pool.js';
import { Ledger } from './ledger.worker.js';
import { queuesOf, removeQueues } from './queues.js';

const CALLER = fileURLToPath(new URL('./batch-caller.ts', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'mproc-served-'));
let space = '';
let file = '';
let tests = 0;

beforeEach(() => {
  tests += 1;
  space = `served-${process.pid}-${tests}`;
  file = join(folder, `runs-${tests}`);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

function ledger(): Ledger {
  const worker = new Ledger();
  worker.file = file;
  return worker;
}

function runs(): number[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8').trim().split('\n').map(Number);
}

/** Names of the queues that there are, without their space. */
function queuesIn(of: string): string[] {
  const prefix = `mproc-q-${of}.`;
  const files = readdirSync(SEGMENT_FOLDER).filter((name) => name.startsWith(prefix) && !name.includes('~'));
  return files.map((name) => name.slice(prefix.length)).sort();
}

const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe('calls over queues that others serve', () => {
  test('map answers in order, with each job run once', async () => {
    const pool = new ProcessPool({ processes: 2, queues: queuesOf(space) });
    const responses = await pool.map(ledger(), numbers(200));
    expect(responses.map((response) => response.body)).toEqual(numbers(200).map((n) => n * 10));
    expect(runs().sort((a, b) => a - b)).toEqual(numbers(200));
    expect(responses[7]?.attempts).toMatchObject([{ exitCode: 0, signal: undefined }]);
    await pool.close();
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('imap and run work as without queues, and listeners hear of the ends', async () => {
    const pool = new ProcessPool({ processes: 2, queues: queuesOf(space) });
    const heard: unknown[] = [];
    const worker = ledger().addListener(JobEvent.Success, (_, event) => void heard.push(event.body));
    const bodies: unknown[] = [];
    for await (const response of pool.imap(worker, numbers(50))) bodies.push(response.body);
    expect(bodies).toEqual(numbers(50).map((n) => n * 10));
    expect((await pool.run(worker, 5)).body).toBe(50);
    expect(heard).toHaveLength(51);
    await pool.close();
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('the strategy of the worker travels with the job', async () => {
    const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    const worker = ledger();
    worker.failsBefore = 3;
    worker.retryStrategy = new RetryStrategy({ maxRetries: 2, type: 'later', backoff: { delayMs: 5 } });
    const response = await pool.run(worker, 4);
    expect(response.body).toBe(40);
    expect(response.attempts.map((attempt) => attempt.error?.message)).toEqual([
      'attempt 1',
      'attempt 2',
      undefined,
    ]);
    await pool.close();
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('what one pool submits another works on, and its answers go to the queue of results', async () => {
    const submitting = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    const ids = [await submitting.submit(ledger(), 1), await submitting.submit(ledger(), 2)];
    expect(new Set(ids).size).toBe(2);
    await submitting.close();

    const results = SharedMemoryQueue.open(`${space}.results`);
    const working = new ProcessPool({ processes: 1, queues: queuesOf(space), results });
    const stopping = new AbortController();
    const work = working.work([Ledger], { signal: stopping.signal });
    const first = await results.reserve(1, { waitMs: 120_000 });
    const second = await results.reserve(1, { waitMs: 120_000 });
    stopping.abort();
    await work;
    await working.close();
    expect([...first, ...second].map((lease) => (lease.value as { body: number }).body).sort()).toEqual([
      10, 20,
    ]);
    await results.ack([...first, ...second]);
    await results.destroy();
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('a record that is no job, or names a class that is not served, goes to the dead letters', async () => {
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    await queue.put([
      { version: 2, id: 'x', worker: 'Ledger', args: 1 },
      { version: 1, id: 'y', worker: '/etc/passwd', args: 1 },
      'no record at all',
      { version: 1, id: 'z', worker: 'Ledger', args: 1, replyTo: 'jobs.Other' },
      { version: 1, id: 'z', worker: 'Ledger', args: 1, replyTo: 'answers.x/../../../../tmp/elsewhere' },
      { version: 1, id: 'z', worker: '__proto__', args: 1 },
      { version: 1, id: 'z', worker: 'file:///tmp/evil.mjs', args: 1 },
      { version: 1, id: 'z', worker: 'Ledger', args: 1, timeoutMs: 'long' },
      { version: 1, id: 'z', worker: 'Ledger', args: 1, state: 7 },
      ...['constructor', 'process', 'jobId', 'addListener', 'retryStrategy', 'toString'].map((field) => ({
        version: 1,
        id: 'z',
        worker: 'Ledger',
        args: 1,
        state: { [field]: { maxRetries: 3, module: '/tmp/elsewhere.mjs', name: 'Elsewhere' } },
      })),
    ]);
    const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    expect((await pool.run(ledger(), 3)).body).toBe(30);
    expect((await queue.counts()).dead).toBe(15);
    await pool.close();
    await queue.destroy();
  });

  test('a call whose caller is killed is taken up again, and only what is missing is run', async () => {
    const first = startCaller();
    await untilSaid(first, 'done 30');
    await endProgram(first);
    const before = runs().length;

    const second = startCaller();
    const said = await untilSaid(second, '[');
    await once(second, 'exit');
    expect(JSON.parse(said)).toEqual(numbers(100).map((n) => n * 10));
    // Those at work when the caller died may run a second time; what was answered does not.
    expect(runs().length - before).toBeLessThanOrEqual(100 - 30);
    expect(new Set(runs()).size).toBe(100);
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('a job whose answer was put, and whose lease was not acknowledged, is not run again', async () => {
    const first = startCaller();
    await untilSaid(first, 'done 10');
    await endProgram(first);
    const open = (name: string) => queuesOf(space)(name, { leaseMs: 10_000, maxAttempts: 3 });
    const [answers, jobs] = [open('batch.ledger'), open('jobs.Ledger')];
    const ids = async () =>
      ((await answers.getAll()) as { id?: string }[]).flatMap(({ id }) => (id === undefined ? [] : [id]));
    await until(async () => (await ids()).length > 0);
    const [id = ''] = await ids();
    const [waiting] = (await jobs.getAll()) as object[];
    const n = Number(id.split('.').at(-1));
    // As the queue gives it again when its host has died.
    await jobs.put({ ...waiting, id, args: n });
    for (const queue of [answers, jobs]) await queue.close();

    const second = startCaller();
    await untilSaid(second, '[');
    await once(second, 'exit');
    expect(runs().filter((one) => one === n)).toHaveLength(1);
    await removeQueues(space, ['jobs.Ledger']);
  });

  test.each([
    ['knows dedupe keys', false],
    ['knows none', true],
  ])(
    'what others have answered or still have is not run again by a call that is taken up, where the queue %s',
    async (_, isPlain) => {
      process.env.MPROC_TEST_NO_DEDUPE = isPlain ? '1' : '';
      const serving = await serve(queuesOf(space), 10_000);
      try {
        const first = startCaller(300, 3);
        await untilSaid(first, 'done 60');
        await endProgram(first);
        const second = startCaller(300, 3);
        const said = await untilSaid(second, '[');
        await once(second, 'exit');
        expect(JSON.parse(said)).toEqual(numbers(300).map((n) => n * 10));
        const ran = runs();
        expect(new Set(ran).size).toBe(300);
        // What the killed caller had at work itself, and what it had put but not yet written down.
        expect(ran.length - 300).toBeLessThanOrEqual(8 + (isPlain ? 64 : 0));
      } finally {
        delete process.env.MPROC_TEST_NO_DEDUPE;
        await serving.stop();
        await removeQueues(space, ['jobs.Ledger']);
      }
    },
  );

  test('jobs that somebody has removed from the queue of a batch are put again', async () => {
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    const first = new ProcessPool({ processes: 1, queues: queuesOf(space), leaseMs: 1_000 });
    const worker = ledger();
    worker.pauseMs = 60_000;
    const calling = first.map(worker, numbers(20), { batch: 'removed' });
    calling.catch(() => {});
    await until(() => runs().length > 0);
    await first.destroy();
    await expect(calling).rejects.toMatchObject({ code: 'ERR_POOL_CLOSED' });
    expect(await queue.clear()).toBe(20);

    const second = new ProcessPool({ processes: 2, queues: queuesOf(space), leaseMs: 1_000 });
    const responses = await second.map(ledger(), numbers(20), { batch: 'removed' });
    expect(responses.map((response) => response.body)).toEqual(numbers(20).map((n) => n * 10));
    await second.close();
    await queue.destroy();
  });

  test('a batch that is ended by its signal can be taken up again at once, in the same pool', async () => {
    const pool = new ProcessPool({ processes: 2, queues: queuesOf(space), leaseMs: 60_000 });
    const abort = new AbortController();
    const options = {
      batch: 'aborted',
      onProgress: ({ done }: { done: number }) => done === 5 && abort.abort(),
    };
    await expect(
      pool.map(ledger(), numbers(100), { ...options, signal: abort.signal }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
    await expect(
      pool.map(ledger(), numbers(100), { ...options, signal: abort.signal }),
    ).rejects.toMatchObject({
      name: 'AbortError',
    });
    const responses = await pool.map(ledger(), numbers(100), options);
    expect(responses.map((response) => response.body)).toEqual(numbers(100).map((n) => n * 10));
    await pool.close();
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('a batch has a name that every engine can take', async () => {
    const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    for (const batch of ['', 'a b', '../x', 'x'.repeat(93)])
      await expect(pool.map(ledger(), [1], { batch })).rejects.toThrow(OptionError);
    await pool.close();
  });

  test('answers that somebody else has made up hold nobody up', async () => {
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    const pool = new ProcessPool({ processes: 0, queues: queuesOf(space) });
    const running = pool.run(ledger(), 4);
    const value = await vi.waitFor(async () => {
      const [record] = await queue.getAll();
      expect(record).toBeDefined();
      return record as { id: string; replyTo: string };
    }, 120_000);
    const answers = SharedMemoryQueue.open(`${space}.${value.replyTo}`);
    const reply = { version: 1, id: value.id, ok: true, body: 'made up', exitCode: 0 };
    const attempts = [null, 7, {}, { error: 'text', exitCode: 0, pid: 1, queuedMs: 0, runMs: 0 }];
    await answers.put(attempts.map((attempt) => ({ ...reply, attempts: [attempt] })));
    await answers.put([
      null,
      'text',
      7,
      [],
      { version: 1, put: 'all' },
      { ...reply, id: '__proto__', attempts: [] },
    ]);
    const serving = await serve();
    expect((await running).body).toBe(40);
    await answers.close();
    await pool.close();
    await serving.stop();
    await queue.destroy();
  });

  test('a job that runs longer than its lease keeps it, and runs once', () =>
    withMoreTime([1_500, 6_000, 30_000], async (leaseMs) => {
      const before = runs().length;
      const serving = await Promise.all([1, 2].map(() => serve(queuesOf(space), leaseMs)));
      const pool = new ProcessPool({ processes: 1, queues: queuesOf(space), leaseMs });
      const worker = ledger();
      worker.pauseMs = 2.5 * leaseMs;
      const responses = await pool.map(worker, [1, 2, 3]);
      for (const { stop } of serving) await stop();
      await pool.close();
      await removeQueues(space, ['jobs.Ledger']);
      expect(responses.map((response) => response.body)).toEqual([10, 20, 30]);
      expect(runs().slice(before).sort()).toEqual([1, 2, 3]);
    }));

  test('nothing stays in the engine after a call, nor after the end of the pool that called', async () => {
    const pool = new ProcessPool({ processes: 2, queues: queuesOf(space) });
    await pool.map(ledger(), numbers(20));
    for await (const { ok } of pool.imap(ledger(), numbers(5))) expect(ok).toBe(true);
    expect(queuesIn(space)).toEqual([
      expect.stringMatching(/^answers\./),
      'callers',
      'control',
      'jobs.Ledger',
    ]);
    for (const name of queuesIn(space)) {
      const queue = SharedMemoryQueue.open(`${space}.${name}`);
      // Its reader has a record there that says so, and one in the register of callers, while it lives.
      const leased = name.startsWith('answers.') || name === 'callers' ? 1 : 0;
      const nothing = { ready: 0, delayed: 0, leased, dead: 0 };
      // What has been answered is acknowledged behind it.
      await vi.waitFor(async () => expect(await queue.counts()).toEqual(nothing), 120_000);
      await queue.close();
    }
    await pool.close();
    expect(queuesIn(space)).toEqual(['control', 'jobs.Ledger']);
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('a job whose lease is lost is stopped, as another host has it', async () => {
    const queues = queuesOf(space);
    let losses = 0;
    const losing: QueueFactory = (name, options) => {
      const queue = queues(name, options);
      queue.extend = async (leases) => {
        losses += leases.length;
        return leases.map(() => 'lost');
      };
      return queue;
    };
    const host = new ProcessPool({ processes: 1, queues: losing, leaseMs: 300, killTimeoutMs: 50 });
    const worker = Object.assign(ledger(), { pauseMs: 600_000 });
    await host.submit(worker, 1);
    const stopping = new AbortController();
    const work = host.work([Ledger], { signal: stopping.signal });
    await vi.waitFor(() => expect(losses).toBeGreaterThan(0), 120_000);
    stopping.abort();
    // It would wait for its jobs for ten minutes.
    await work;
    await host.close();
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    expect(await queue.size()).toBe(1);
    await queue.destroy();
  });

  test.each(['awaited', 'closed meanwhile'])(
    'a pool whose work ends, %s, still runs what its own calls wait for',
    async (how) => {
      const pool = new ProcessPool({ processes: 1, queues: queuesOf(space) });
      const stopping = new AbortController();
      const work = pool.work([Ledger], { signal: stopping.signal });
      const answers = pool.map(Object.assign(ledger(), { pauseMs: 200 }), numbers(4));
      await until(() => runs().length === 1);
      stopping.abort();
      const closing = how === 'awaited' ? undefined : pool.close();
      await work;
      expect((await answers).map(({ body }) => body)).toEqual([0, 10, 20, 30]);
      await (closing ?? pool.close());
      expect(runs()).toHaveLength(4);
    },
  );

  test('a host reserves little more than it can run, and leaves the rest to others', async () => {
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    const submitting = new ProcessPool({ processes: 1, queues: queuesOf(space) });
    const worker = ledger();
    worker.pauseMs = 50;
    for (const n of numbers(60)) await submitting.submit(worker, n);
    await submitting.close();
    const { stop } = await serve();
    await until(() => runs().length >= 3);
    expect((await queue.counts()).leased).toBeLessThanOrEqual(8);
    expect(await queue.size()).toBeGreaterThan(30);
    await stop();
    // It has finished what it had taken, and nothing else.
    expect(await queue.counts()).toEqual({ ready: 60 - runs().length, delayed: 0, leased: 0, dead: 0 });
    await queue.destroy();
  });

  test('a job that its queue gives up is answered with an error, however many dead letters lie there', async () => {
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    await queue.put(numbers(1_500));
    for (let dead = 0; dead < 1_500; dead += 100) await queue.nack(await queue.reserve(100), { dead: true });
    const pool = new ProcessPool({ processes: 1, queues: queuesOf(space), leaseMs: 1_000 });
    const worker = ledger();
    worker.pauseMs = 100;
    const mapping = pool.map(worker, numbers(20));
    // The pool holds the first few of them; these are others.
    const [lease] = await queue.reserve(1, { waitMs: 120_000 });
    await queue.nack([lease!], { dead: true });
    const { index } = (await mapping).find((response) => !response.ok)!;
    const responses = await mapping;
    expect(responses[index]?.error).toMatchObject({ code: 'ERR_JOB_DEAD' });
    expect(responses.filter((response) => response.ok)).toHaveLength(19);
    await pool.close();
    await queue.destroy();
  });

  test('a job that a queue without dead letters has dropped is answered with an error', async () => {
    const dropping: QueueFactory = (name, options) => {
      const queue = queuesOf(space)(name, options);
      return Object.defineProperty(queue, 'supports', { value: { ...queue.supports, dead: false } });
    };
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    const pool = new ProcessPool({ processes: 1, queues: dropping, leaseMs: 1_000 });
    const worker = ledger();
    worker.pauseMs = 100;
    const mapping = pool.map(worker, numbers(20));
    const [lease] = await queue.reserve(1, { waitMs: 120_000 });
    await queue.nack([lease!], { dead: true });
    const responses = await mapping;
    expect(responses.filter((response) => response.ok)).toHaveLength(19);
    expect(responses.find((response) => !response.ok)?.error).toMatchObject({ code: 'ERR_JOB_DEAD' });
    await pool.close();
    await queue.destroy();
  });

  test('an answer that the engine refuses is an error for the caller, and the job is not run again', async () => {
    const limited: QueueFactory = (name, options) => {
      const queue = queuesOf(space)(name, options);
      const put = queue.put.bind(queue);
      queue.put = (values, putOptions) => {
        if (encodeRecord(values).length > 10_000)
          throw new ValueError('value', 'is too large for this engine');
        return put(values, putOptions);
      };
      return queue;
    };
    const pool = new ProcessPool({ processes: 1, queues: limited });
    const worker = ledger();
    worker.bodyLength = 20_000;
    const response = await pool.run(worker, 1);
    expect(response.error).toMatchObject({
      code: 'ERR_VALUE',
      message: 'value is too large for this engine',
    });
    expect(runs()).toEqual([1]);
    await pool.close();
    await removeQueues(space, ['jobs.Ledger']);
  });

  test('who answers many callers keeps few of their queues open', async () => {
    const open = new Set<string>();
    const watched: QueueFactory = (name, options) => {
      const queue = queuesOf(space)(name, options);
      open.add(name);
      // The register of callers is removed by the last of them.
      for (const way of ['close', 'destroy'] as const) {
        const end = queue[way].bind(queue);
        queue[way] = async () => {
          open.delete(name);
          await end();
        };
      }
      return queue;
    };
    const serving = await serve(watched);
    const queue = SharedMemoryQueue.open(`${space}.jobs.Ledger`);
    const callers = numbers(40).map((n) => `answers.caller-${n}`);
    const state = { file, pauseMs: 0, failsBefore: 0, bodyLength: 0 };
    for (const replyTo of callers) await read(replyTo);
    for (const [n, replyTo] of callers.entries())
      await queue.put({ version: 1, id: replyTo, worker: 'Ledger', args: n, state, replyTo });
    for (const [n, replyTo] of callers.entries()) {
      const answers = SharedMemoryQueue.open(`${space}.${replyTo}`);
      const [answer] = await answers.reserve(1, { waitMs: 120_000 });
      expect(answer?.value).toMatchObject({ id: replyTo, ok: true, body: n * 10 });
      await answers.destroy();
    }
    // That of the jobs, of orders, the register of callers, and so many of answers.
    await vi.waitFor(() => expect(open.size).toBeLessThanOrEqual(3 + 16), 120_000);
    await serving.stop();
    expect(open).toEqual(new Set());
    await queue.destroy();
  });

  test('without `queues` there is nobody to submit to, and the error says what to do', async () => {
    const pool = new ProcessPool(1);
    await expect(pool.submit(ledger(), 1)).rejects.toThrow(OptionError);
    await expect(pool.work([Ledger])).rejects.toThrow(/queues/);
    await pool.close();
  });

  test('a factory of null queues is refused before anything is lost to it', async () => {
    const pool = new ProcessPool({ processes: 1, queues: (name) => new NullQueue(name) });
    await expect(pool.map(ledger(), [1])).rejects.toThrow(OptionError);
    await pool.destroy();
  });
});

/** Holds the record that says that somebody reads a queue of answers. */
async function read(replyTo: string): Promise<void> {
  const answers = SharedMemoryQueue.open(`${space}.${replyTo}`);
  await answers.put({ version: 1, reader: 'the test' });
  expect(await answers.reserve(1)).toHaveLength(1);
}

/** A pool that works on the queue of Ledger until it is stopped. */
async function serve(queues = queuesOf(space), leaseMs = 10_000): Promise<{ stop: () => Promise<void> }> {
  const pool = new ProcessPool({ processes: 1, queues, leaseMs });
  const stopping = new AbortController();
  const work = pool.work([Ledger], { signal: stopping.signal });
  return {
    stop: async () => {
      stopping.abort();
      await work;
      await pool.close();
    },
  };
}

function startCaller(count = 100, pauseMs = 20): ChildProcess {
  return spawn(process.execPath, ['--import', 'tsx', CALLER, space, file, String(count), String(pauseMs)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    // The built package, as in a project, and not the sources that this repository's own paths lead to.
    env: {
      ...process.env,
      TSX_TSCONFIG_PATH: fileURLToPath(new URL('../../../runtime/tsconfig.json', import.meta.url)),
    },
  });
}

async function untilSaid(child: ChildProcess, start: string): Promise<string> {
  for await (const line of createInterface({ input: child.stdout! })) if (line.startsWith(start)) return line;
  throw new Error(`the program ended before it said ${start}`);
}
