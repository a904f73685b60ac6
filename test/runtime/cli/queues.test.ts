import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ProcessPool, type Queue, type QueueFactory, SharedMemoryQueue } from 'mproc-worker';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { LetterReport, WholeLetter } from '../../../runtime/src/inspect/queues/letter.js';
import type { QueueReport } from '../../../runtime/src/inspect/queues/queue-report.js';
import { until } from '../pool/prove-pool.js';
import { ENGINES, leftOut, type RunningEngine, startEngine } from '../remote/engines.js';
import { Gated } from '../remote/gated.worker.mjs';
import { MPROC } from './looked-at.js';
import { Terminal } from './terminal.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-dead-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

interface Told {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

async function run(words: readonly string[], env: NodeJS.ProcessEnv = process.env): Promise<Told> {
  const child = start(words, env);
  const told = { stdout: '', stderr: '' };
  for (const stream of ['stdout', 'stderr'] as const)
    child[stream]!.setEncoding('utf8').on('data', (chunk: string) => {
      told[stream] += chunk;
    });
  const [status] = (await once(child, 'close')) as [number | null];
  return { status, ...told };
}

function start(words: readonly string[], env: NodeJS.ProcessEnv): ChildProcess {
  return spawn(process.execPath, [MPROC, ...words], { env, stdio: ['ignore', 'pipe', 'pipe'] });
}

async function json<T>(words: readonly string[], env?: NodeJS.ProcessEnv): Promise<T> {
  const { status, stdout, stderr } = await run([...words, '--json'], env);
  expect([status, stderr]).toEqual([0, '']);
  return JSON.parse(stdout) as T;
}

function gated(): Gated {
  const worker = new Gated();
  worker.file = join(folder, 'log');
  return worker;
}

describe.each(ENGINES)('mproc queues and mproc dead over %s', (name) => {
  const space = `look-${name}-${process.pid}`;
  const jobs = `${space}.jobs.Gated`;
  const options = { leaseMs: 30_000, maxAttempts: 3 };
  let engine: RunningEngine;
  let factory: QueueFactory;
  let queue: Queue<unknown>;
  let flags: string[];

  beforeAll(async () => {
    if ([1, 2].every((test) => leftOut(name, test) !== undefined)) return;
    engine = await startEngine(name);
    if (engine.missing !== undefined) return;
    factory = engine.queuesOf(space);
    queue = factory('jobs.Gated', options);
    const module = engine.module === '' ? [] : ['--queues', `${fileURLToPath(engine.module)}#jobsQueue`];
    flags = [...module, '--name', jobs];
  });
  afterAll(async () => {
    await queue?.destroy();
    await engine?.remove();
  });

  function begin(context: { skip: (note: string) => void }, test: number): void {
    const why = leftOut(name, test) ?? engine.missing;
    if (why !== undefined) context.skip(why);
  }

  /** What has failed, on a host. */
  async function fail(count: number): Promise<string[]> {
    const pool = new ProcessPool({ processes: 1, queues: factory, logger: silent });
    const ids: string[] = [];
    for (let n = 1; n <= count; n += 1) ids.push(await pool.submit(gated(), { n, does: 'throw' }));
    const stop = new AbortController();
    const working = pool.work([Gated], { signal: stop.signal });
    await until(async () => (await queue.counts()).dead === count);
    stop.abort();
    await working;
    await pool.destroy();
    return ids;
  }

  test('tells what is there, and why it died', async (context) => {
    begin(context, 1);
    const ids = await fail(3);
    const { queues } = await json<{ queues: QueueReport[] }>(['queues', ...flags], engine.env);
    expect(queues).toMatchObject([{ name: jobs, ready: 0, delayed: 0, leased: 0, dead: 3, problem: null }]);
    const { letters, more } = await json<{ letters: LetterReport[]; more: boolean }>(
      ['dead', 'list', ...flags],
      engine.env,
    );
    expect(more).toBe(false);
    expect(letters.map(({ jobId }) => jobId).sort()).toEqual([...ids].sort());
    for (const letter of letters) {
      expect(letter).toMatchObject({ queue: jobs, class: 'Gated', attempts: 1, process: process.pid });
      expect(letter.error).toMatch(/^RangeError: no \d in two lines$/);
      expect(Date.parse(letter.putAt!)).toBeLessThanOrEqual(Date.parse(letter.diedAt!));
      expect(letter.ageMs).toBeGreaterThanOrEqual(0);
    }
    const whole = await json<{ letters: WholeLetter[] }>(['dead', 'show', ids[1]!, ...flags], engine.env);
    expect(whole.letters).toMatchObject([{ jobId: ids[1], args: { n: 2, does: 'throw' } }]);
    const page = await run(['dead', 'show', ids[1]!, ...flags], engine.env);
    expect(page.stdout).toContain("args: { n: 2, does: 'throw' }");
  });

  test('puts back and removes what a filter says', async (context) => {
    begin(context, 1);
    const list = async (...filter: string[]) =>
      (await json<{ letters: LetterReport[] }>(['dead', 'list', ...flags, ...filter], engine.env)).letters;
    const [first] = await list();
    expect(await list('--error', first!.error.toUpperCase())).toMatchObject([{ id: first!.id }]);
    expect(await list('--class', 'Other')).toEqual([]);
    expect(await list('--class', 'Gated,Other')).toHaveLength(3);
    expect(await list('--older', '1h')).toEqual([]);
    expect(await list('--newer', '1h')).toHaveLength(3);
    expect(await list('--limit', '2')).toHaveLength(2);
    const requeue = ['dead', 'requeue', ...flags, '--error', first!.error];
    expect(await json(requeue, engine.env)).toEqual({ requeued: 1 });
    expect(await queue.counts()).toMatchObject({ ready: 1, dead: 2 });
    const { queues } = await json<{ queues: QueueReport[] }>(['queues', ...flags], engine.env);
    if (queue.supports.peek) expect(queues[0]?.oldestWaitingMs).toBeGreaterThan(0);
    const [second] = await list();
    const clear = ['dead', 'clear', second!.id, ...flags];
    const refused = await run(clear, engine.env);
    expect([refused.status, refused.stdout]).toEqual([1, '']);
    expect(refused.stderr).toMatch(/^mproc dead clear: Remove 1 dead letter of .*--yes\n$/);
    expect(await queue.counts()).toMatchObject({ ready: 1, dead: 2 });
    const cleared = await run([...clear, '--yes', '--json'], engine.env);
    if (queue.supports.withdraw) {
      expect(cleared).toMatchObject({ status: 0, stdout: '{"removed":1}\n' });
      expect(await queue.counts()).toMatchObject({ ready: 1, dead: 1 });
    } else {
      expect(cleared.stderr).toMatch(
        /^mproc dead clear: .*does not support removing some of its dead letters/,
      );
      expect(await queue.counts()).toMatchObject({ ready: 1, dead: 2 });
    }
    await json(['dead', 'clear', '--yes', ...flags], engine.env);
    expect(await queue.counts()).toMatchObject({ ready: 1, dead: 0 });
    expect(await json(['dead', 'requeue', ...flags], engine.env)).toEqual({ requeued: 0 });
    expect(await queue.clear()).toBe(1);
  });

  test('loses nothing when it is killed while it puts back', async (context) => {
    begin(context, 2);
    const most = name === 'rabbitmq' ? 300 : 3_000;
    await queue.put(Array.from({ length: most }, (_, n) => ({ n })));
    for (let left = most; left > 0; ) {
      const leases = await queue.reserve(500);
      await queue.nack(leases, { dead: true, reason: 'as asked' });
      left -= leases.length;
    }
    const command = start(['dead', 'requeue', ...flags, '--error', 'asked'], engine.env);
    const ended = once(command, 'exit');
    const isOver = () => command.exitCode !== null || command.signalCode !== null;
    await until(async () => isOver() || (await queue.counts()).ready > 0);
    command.kill('SIGKILL');
    await ended;
    const there = new Set<number>();
    const counted = async () => {
      for (const { value } of await queue.dead.getAll()) there.add((value as { n: number }).n);
      for (const { value } of await queue.reserve(most)) there.add((value as { n: number }).n);
    };
    // RabbitMQ gives back what its killed client had when it notices.
    await until(async () => {
      await counted();
      return there.size === most;
    });
    await queue.dead.clear();
  });
});

const silent = { ...console, error() {}, warn() {} };

describe('the module of queues', () => {
  const project = join(folder, 'project');
  const module = join(project, 'src/queues/orders.queue.ts');
  const mine = `orders-${process.pid}`;

  beforeAll(() => {
    for (const part of ['src/queues', 'src/workers', 'node_modules'])
      mkdirSync(join(project, part), { recursive: true });
    const root = fileURLToPath(new URL('../../../', import.meta.url));
    symlinkSync(join(root, 'runtime'), join(project, 'node_modules/mproc-worker'));
    symlinkSync(join(root, 'node_modules/tsx'), join(project, 'node_modules/tsx'));
    writeFileSync(join(project, 'package.json'), '{"type":"module"}');
    writeFileSync(
      module,
      `import { type QueueFactory, SharedMemoryQueue } from 'mproc-worker';
      import { prefix } from './prefix.ts';
      export const notOne: () => string = () => 'no queue';
      export const ordersQueue: QueueFactory = (name, { leaseMs, maxAttempts }) =>
        new SharedMemoryQueue(\`\${prefix}.\${name}\`, { leaseMs, maxAttempts });`,
    );
    writeFileSync(join(project, 'src/queues/prefix.ts'), `export const prefix: string = '${mine}';`);
    writeFileSync(
      join(project, 'src/workers/all.worker.ts'),
      `export class Invoice extends Worker<Order, void> {}
      export const resize = defineWorker(import.meta.url, async (path: string) => path, { name: 'resize-image' });
      export const shout = defineWorker(import.meta.url, function shouting(text: string) { return text; });`,
    );
  });

  test('is TypeScript, and its queues are those of the workers of the project', async () => {
    await using invoices = new SharedMemoryQueue(`${mine}.jobs.Invoice`);
    await using images = new SharedMemoryQueue(`${mine}.jobs.resize-image`);
    await using shouts = new SharedMemoryQueue(`${mine}.jobs.shouting`);
    await invoices.put([1, 2]);
    const before = readdirSync('/dev/shm').filter((file) => file.includes(mine)).length;
    const { queues } = await json<{ queues: QueueReport[] }>(['queues', '--queues', module]);
    expect(queues.map(({ name, ready }) => [name.replace(`${mine}.`, ''), ready])).toEqual([
      ['jobs.Invoice', 2],
      ['jobs.resize-image', 0],
      ['jobs.shouting', 0],
    ]);
    await shouts.destroy();
    // One that is not there is not made.
    expect((await json<{ queues: unknown[] }>(['queues', '--queues', module])).queues).toHaveLength(2);
    expect(readdirSync('/dev/shm').filter((file) => file.includes(mine)).length).toBe(before - 1);
    await invoices.destroy();
    await images.destroy();
  });

  test.each([
    [['queues', '--queues', 'nowhere.ts'], /^mproc queues: --queues names a module that is not there: .*\n$/],
    [['queues', '--queues', noQueues()], /^mproc queues: .*exports no factory of queues, but .*\n$/],
    [['queues', '--name', `none-${process.pid}`], /^$/],
    [
      ['queues', '--lease-ms', 'long'],
      /^mproc queues: --lease-ms takes a whole number from 1; received long\n$/,
    ],
    [['dead', 'list', '--older', 'soon'], /^mproc dead list: --older takes a time, .*; received soon\n$/],
    [['dead', 'list', '--nosuch'], /^mproc dead list: has no flag "--nosuch"; see mproc dead list --help\n$/],
    [['dead', 'list', '--name', `none-${process.pid}`], /^mproc dead list: queue none-\d+: .*\n$/],
  ])('%j is told in one line what is wrong', async (words, line) => {
    const { status, stderr } = await run(words);
    expect(status).toBe(1);
    expect(stderr).toMatch(line);
  });

  test('a dead letter that looks like one of ours, and a lease that is over, are left as they are', async () => {
    await using queue = new SharedMemoryQueue(`${mine}.odd`);
    const reason = 'x \u001b[2J (attempt 9999999999, host h, process 1, at never)';
    await queue.put([{ version: 1, worker: 7 }, 'text']);
    await queue.nack(await queue.reserve(2), { dead: true, reason });
    const { stdout } = await run(['dead', 'list', '--name', `${mine}.odd`]);
    expect(stdout).not.toContain('\u001b');
    expect(stdout.match(/attempt 9999999999/g)).toHaveLength(2);
    await queue.destroy();
  });

  test('a person at a terminal is asked, and no is no', async () => {
    const name = `${mine}.asked`;
    await using queue = new SharedMemoryQueue(name);
    await queue.put([1, 2]);
    await queue.nack(await queue.reserve(2), { dead: true, reason: 'as asked' });
    for (const [answer, left] of [
      ['n\r', 2],
      ['\u0003', 2],
      ['y\r', 0],
    ] as const) {
      await using terminal = new Terminal(`${process.execPath} ${MPROC} dead clear --name ${name}`);
      await until(() => terminal.output.includes('for good? y/N'));
      terminal.press(answer);
      await terminal.ended();
      expect((await queue.counts()).dead).toBe(left);
    }
    await queue.destroy();
  });
});

/** A module that exports no queue. */
function noQueues(): string {
  return fileURLToPath(new URL('./looked-at.worker.mjs', import.meta.url));
}
