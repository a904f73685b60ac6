import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';
import { describe, expect, test } from 'vitest';
import { queueNames } from '../../queues/queue-names.js';
import { until } from '../pool/prove-pool.js';
import { ENGINES } from './engines.js';
import { Gated } from './gated.worker.mjs';
import { type Told, told } from './hosts.js';
import { HostsOver } from './hosts-over.js';

/** A third of it is how long a host may take to hear that a job is not wanted. */
const LEASE_MS = 6_000;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);

describe.each(ENGINES)('hosts over %s', (name) => {
  const over = new HostsOver(name, 'hosts', { inTurn: true });
  const { begin, host, caller, queue, gated, gate, open, noted, began } = over;

  test('nobody holds what it cannot begin, so that jobs run wherever there is a process', async (context) => {
    await begin(context);
    queue();
    await Promise.all([host({ processes: 2 }), host({ processes: 2 })]);
    const pool = caller({ processes: 1 });
    const mapping = pool.map(
      gated(),
      numbers(6).map((n) => ({ n, gate: gate() })),
    );
    await until(() => began().length === 5);
    expect(new Set(began().map(({ pid }) => pid)).size).toBe(5);
    open();
    expect((await mapping).map(({ body }) => body)).toEqual(numbers(6));
  });

  test('a pool without processes calls, runs nothing, and cannot serve', async (context) => {
    await begin(context);
    queue();
    await host();
    const pool = caller();
    expect(pool.stats()).toMatchObject({ processes: 0, pids: [] });
    expect((await pool.run(gated(), { n: 7 })).body).toBe(7);
    await expect(pool.work([Gated])).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await pool.close();
  });

  test('what waits behind a job that turns out to be long is handed back', async (context) => {
    await begin(context);
    const jobs = queue();
    await host();
    const pool = caller();
    // They are so quick that the host looks ahead.
    await pool.map(
      gated(),
      numbers(60).map((n) => ({ n })),
    );
    const mapping = pool.map(
      gated(),
      numbers(6).map((n) => ({ n: 100 + n, gate: gate() })),
    );
    await until(() => began().some(({ n }) => n >= 100));
    await until(async () => (await jobs.counts()).ready === 5);
    open();
    expect((await mapping).map(({ body }) => body)).toEqual(numbers(6).map((n) => 100 + n));
  });

  test('a host that SIGTERM ends finishes what runs, and hands back what waits at no cost', async (context) => {
    await begin(context);
    const jobs = queue();
    // A delivery that is not refunded would be the last.
    const first = await host({ maxAttempts: 1 });
    const pool = caller({ maxAttempts: 1 });
    await pool.map(
      gated(),
      numbers(60).map((n) => ({ n })),
    );
    const mapping = pool.map(
      gated(),
      numbers(6).map((n) => ({ n: 100 + n, gate: gate() })),
    );
    await until(() => began().some(({ n }) => n >= 100));
    const [running] = began().filter(({ n }) => n >= 100);
    const ended = first.end('SIGTERM');
    await until(async () => (await jobs.counts()).ready === 5);
    open();
    await ended;
    expect(first.program.signalCode).toBe('SIGTERM');
    expect(
      noted()
        .filter(({ n }) => n >= 100)
        .map(({ what, n }) => [what, n]),
    ).toEqual([
      ['began', running!.n],
      ['ended', running!.n],
    ]);
    await host({ maxAttempts: 1 });
    expect((await mapping).map(({ error, body }) => error ?? body)).toEqual(numbers(6).map((n) => 100 + n));
    expect(began()).toHaveLength(66);
  });

  /** Names of queues of answers, by the hosts of which something may be left. */
  async function nothingIsLeft(answers: readonly string[] = []): Promise<void> {
    const nothing = { ready: 0, delayed: 0, leased: 0, dead: 0 };
    for (const kind of ['jobs.Gated', ...answers]) {
      const looked = queue(kind);
      await until(async () => JSON.stringify(await looked.counts()) === JSON.stringify(nothing));
    }
  }

  test('nobody begins a job of a call that was aborted, and who runs one is told', async (context) => {
    await begin(context);
    const jobs = queue();
    await host({ leaseMs: LEASE_MS });
    const pool = caller();
    const abort = new AbortController();
    const mapping = pool.map(
      gated(),
      numbers(6).map((n) => ({ n, gate: gate() })),
      { signal: abort.signal },
    );
    await until(() => began().length === 1);
    await until(async () => (await jobs.counts()).ready === 5);
    abort.abort();
    await expect(mapping).rejects.toMatchObject({ name: 'AbortError' });
    await until(async () => (await jobs.counts()).ready === 0);
    // Its gate stays closed: it ends because it is told to, where the engine finds it by its id.
    if (!jobs.supports.withdraw) open();
    await until(() => noted().some(({ what }) => what !== 'began'));
    expect(began()).toHaveLength(1);
    await pool.close();
    await nothingIsLeft();
  });

  test('any pool cancels a job by its id, one that runs and one that waits', async (context) => {
    await begin(context);
    const jobs = queue();
    await host({ leaseMs: LEASE_MS });
    const pool = caller();
    const ids: string[] = [];
    const options = { onSubmit: ({ jobId }: { jobId: string }) => void ids.push(jobId) };
    const mapping = pool.map(
      gated(),
      numbers(3).map((n) => ({ n, gate: gate() })),
      options,
    );
    await until(() => began().length === 1);
    await until(async () => (await jobs.counts()).ready === 2);
    const other = caller();
    const [running] = began();
    const [waiting, last] = numbers(3).filter((n) => n !== running!.n);
    expect(await other.cancel(ids[waiting!]!)).toBe(true);
    expect(await other.cancel(ids[running!.n]!)).toBe(true);
    expect(await other.cancel(ids[running!.n]!)).toBe(false);
    if (jobs.supports.withdraw) await until(() => noted().some(({ what }) => what === 'stopped'));
    open();
    const responses = await mapping;
    expect(responses.map(({ error }) => error?.code)).toEqual(
      numbers(3).map((n) => (n === last ? undefined : 'ERR_JOB_CANCELED')),
    );
    expect(began().map(({ n }) => n)).toEqual([running!.n, last]);
    expect(await other.cancel(ids[0]!)).toBe(false);
    expect(await other.cancel('no id of a job')).toBe(false);
  });

  test('any pool cancels a job that was submitted, whose pool is gone', async (context) => {
    await begin(context);
    const jobs = queue();
    const submitting = caller();
    const ids = [
      await submitting.submit(gated(), { n: 1, gate: gate() }),
      await submitting.submit(gated(), { n: 2, gate: gate() }),
    ];
    await submitting.close();
    await host({ leaseMs: LEASE_MS });
    await until(() => began().length === 1);
    await until(async () => (await jobs.counts()).ready === 1);
    const pool = caller();
    expect(await pool.cancel(ids[1]!)).toBe(true);
    expect(await pool.cancel(ids[1]!)).toBe(false);
    if (jobs.supports.withdraw) {
      expect(await pool.cancel(ids[0]!)).toBe(true);
      await until(() => noted().some(({ what }) => what === 'stopped'));
    } else open();
    await until(() => noted().some(({ what }) => what !== 'began'));
    await nothingIsLeft();
    expect(began().map(({ n }) => n)).toEqual([1]);
  });

  test('the time limit of a call is kept by the host', async (context) => {
    await begin(context);
    queue();
    await host();
    const pool = caller();
    const response = await pool.run(gated(), { n: 1, gate: gate() }, { timeoutMs: 100 });
    expect(response.error).toMatchObject({ code: 'ERR_JOB_TIMEOUT' });
    await pool.close();
    await nothingIsLeft();
  });

  test('a submitted job that fails is a dead letter with its class, arguments, error, attempts and host', async (context) => {
    await begin(context);
    const jobs = queue();
    const running = await host();
    const pool = caller();
    const ids = [
      await pool.submit(gated(), { n: 1, does: 'throw' }),
      await pool.submit(gated(), { n: 2, does: 'die' }),
      await pool.submit(gated(), { n: 3 }),
    ];
    await until(async () => (await jobs.counts()).dead === 2 && told(running, 'response').length === 3);
    const letters = await jobs.dead.getAll();
    expect(letters.map(({ value }) => value).sort(byId)).toMatchObject([
      { worker: 'Gated', id: ids[0], args: { n: 1, does: 'throw' } },
      { worker: 'Gated', id: ids[1], args: { n: 2, does: 'die' } },
    ]);
    const reasons = letters.map(({ reason }) => reason).sort();
    expect(reasons[0]).toMatch(
      /^ProcessCrashedError: .*SIGKILL.* \(attempt 1, host \S+, process \d+, at \S+Z\)$/,
    );
    expect(reasons[1]).toContain(
      `RangeError: no 1 in two lines (attempt 1, host ${hostname()}, process ${running.program.pid}, at 20`,
    );
    await until(() => told(running, 'dead').length === 2);
    expect(told(running, 'dead').sort(byJobId)).toMatchObject([
      { jobId: ids[0], worker: 'Gated', args: { n: 1 }, error: 'RangeError', attempts: [{ exitCode: 1 }] },
      { jobId: ids[1], worker: 'Gated', args: { n: 2 }, error: 'ProcessCrashedError' },
    ]);
    expect(told(running, 'response').at(-1)).toMatchObject({ stats: { succeeded: 1, failed: 2 } });
    // Made ready again, they run again.
    expect(await jobs.dead.requeue()).toBe(2);
    await until(() => told(running, 'dead').length === 4);
  });

  test('a job has one id: for its caller, its host, itself, and in the title of its process', async (context) => {
    await begin(context);
    queue();
    const running = await host();
    const pool = caller();
    const submitted: string[] = [];
    const onSubmit = ({ jobId }: { jobId: string }) => void submitted.push(jobId);
    const responses = await pool.map(
      gated(),
      numbers(3).map((n) => ({ n })),
      { onSubmit },
    );
    const batch = await pool.map(gated(), [{ n: 3 }], { batch: 'named', onSubmit });
    const one = pool.run(gated(), { n: 4, gate: gate() });
    submitted.push(one.jobId);
    await until(() => began().length === 5);
    // A title is written for jobs that take a moment.
    const title = () => readFileSync(`/proc/${began()[4]!.pid}/cmdline`, 'utf8');
    await until(() => title().startsWith(`mproc Gated ${one.jobId}`));
    open();
    const ids = [...responses, ...batch, await one].map(({ jobId }) => jobId);
    ids.push(await pool.submit(gated(), { n: 5 }));
    expect(submitted).toEqual(ids.slice(0, 5));
    await until(() => told(running, 'response').length === 6);
    const noted = began().sort((a, b) => a.n - b.n);
    expect(noted.map(({ jobId }) => jobId)).toEqual(ids);
    expect(
      told(running, 'response')
        .map(({ jobId }) => jobId)
        .sort(),
    ).toEqual([...ids].sort());
  });

  test('what a host runs for others is counted and told apart from its own calls', async (context) => {
    await begin(context);
    queue();
    const running = await host();
    const pool = caller();
    await pool.map(gated(), [{ n: 1 }, { n: 2 }, { n: 3, does: 'throw' }]);
    await until(() => told(running, 'response').length === 3);
    const last = told(running, 'response').at(-1);
    expect(last).toMatchObject({ stats: { succeeded: 0, failed: 0, served: { succeeded: 2, failed: 1 } } });
    expect(told(running, 'response').every(({ isForOthers }) => isForOthers === true)).toBe(true);
    expect(pool.stats()).toMatchObject({ succeeded: 2, failed: 1, served: { succeeded: 0, failed: 0 } });
    const alone = caller({ processes: 1 });
    await running.end('SIGKILL');
    const heard: boolean[] = [];
    alone.on('response', (_, { isForOthers }) => void heard.push(isForOthers));
    await alone.map(gated(), [{ n: 4 }, { n: 5 }]);
    expect(heard).toEqual([false, false]);
    expect(alone.stats()).toMatchObject({ succeeded: 2, failed: 0, served: { succeeded: 0, failed: 0 } });
  });

  test('jobs that somebody clears from the queue are put again', async (context) => {
    await begin(context);
    const jobs = queue();
    if (!jobs.supports.peek) context.skip('the engine does not show what others hold');
    const pool = caller({ leaseMs: 1_000 });
    const mapping = pool.map(
      gated(),
      numbers(5).map((n) => ({ n })),
    );
    await until(async () => (await jobs.counts()).ready === 5);
    expect(await jobs.clear()).toBe(5);
    await until(async () => (await jobs.counts()).ready === 5);
    await host();
    expect((await mapping).map(({ body }) => body)).toEqual(numbers(5));
    expect(began()).toHaveLength(5);
  });

  test('a batch is refused with other arguments, and while a call of it is under way', async (context) => {
    await begin(context);
    queue();
    queue('batch.invoices');
    // One more than there are gates: the jobs of a batch are put side by side, and may lie in any order.
    await host({ processes: 4 });
    const abort = new AbortController();
    const pool = caller({ leaseMs: 2_000 });
    const inputs = numbers(6).map((n) => ({ n, ...(n > 2 && { gate: gate() }) }));
    const options = { batch: 'invoices' };
    const onProgress = ({ done }: { done: number }) => done === 3 && abort.abort();
    const first = pool.map(gated(), inputs, { ...options, onProgress, signal: abort.signal });
    await expect(pool.map(gated(), inputs, options)).rejects.toMatchObject({ code: 'ERR_BATCH_RUNS' });
    await expect(first).rejects.toMatchObject({ name: 'AbortError' });
    const changed = inputs.map((input, n) => (n === 1 || n === 4 ? { n: 99 } : input));
    for (const [other, index] of [
      [changed, 1],
      [changed.values(), 1],
      [inputs.slice(0, 2), 2],
    ] as const)
      await expect(pool.map(gated(), other, options)).rejects.toMatchObject({
        code: 'ERR_BATCH_DIFFERS',
        message: expect.stringContaining(`from index ${index} on`),
      });
    open();
    expect((await pool.map(gated(), inputs, options)).map(({ body }) => body)).toEqual(numbers(6));
    expect(began().filter(({ n }) => n < 3)).toHaveLength(3);
  });

  /** Names of this test's queues, as the engine has them. */
  async function namesLeft(): Promise<string[]> {
    const names = (await queueNames(name, over.engine.where)) ?? [];
    return names
      .filter((one) => one.startsWith(`${over.space}.`))
      .map((one) => one.slice(over.space.length + 1));
  }

  test.for([
    ['nothing left to wait for', 0],
    ['answers that it has not read', 3],
  ] as const)(
    'the next pool removes the answers of a caller that was killed with %s',
    async ([, unread], context) => {
      await begin(context);
      queue();
      if ((await queueNames(name, over.engine.where)) === undefined)
        context.skip('the engine does not list its queues; it removes that one by itself');
      const options = { leaseMs: 1_000 };
      const killed = await over.program(options);
      const [, owner] = /^answered ([\w-]+)\./m.exec(killed.said()) ?? [];
      expect(await namesLeft()).toContain(`answers.${owner}`);
      const living = await over.program(options);
      await killed.end('SIGKILL');
      if (unread > 0) {
        const answers = over.engine.queuesOf(over.space)(`answers.${owner}`, { ...options, maxAttempts: 3 });
        await answers.put(Array.from({ length: unread }, (_, n) => ({ version: 1, n })));
        await answers.close();
      }
      const pool = caller({ ...options, processes: 1 });
      await pool.run(gated(), { n: 2 });
      await until(async () => !(await namesLeft()).includes(`answers.${owner}`));
      // One that lives keeps its own, and its register.
      const [, lives] = /^answered ([\w-]+)\./m.exec(living.said()) ?? [];
      expect(await namesLeft()).toEqual(expect.arrayContaining([`answers.${lives}`, 'callers']));
      await pool.close();
      expect(await namesLeft()).toEqual(expect.arrayContaining([`answers.${lives}`, 'callers']));
      await living.end('SIGKILL');
      await until(async () => {
        const last = caller({ ...options, processes: 1 });
        await last.run(gated(), { n: 3 });
        await last.close();
        // The jobs of the class, and what hosts look at: orders, and jobs that wait for others.
        return (await namesLeft()).every((one) => ['jobs.Gated', 'control', 'joins'].includes(one));
      });
    },
  );

  test('what a job reports on a host reaches onProgress of its caller, before its answer', async (context) => {
    await begin(context);
    queue();
    await host();
    const pool = caller();
    const heard: unknown[] = [];
    const running = pool.run(
      gated(),
      { n: 7, does: 'report', gate: gate() },
      { onProgress: (p) => void heard.push(p) },
    );
    await until(() => heard.length === 1);
    expect(heard).toEqual([{ jobId: running.jobId, value: { half: 7 } }]);
    open();
    expect((await running).body).toBe(7);
    const values: unknown[] = [];
    await pool.map(gated(), [{ n: 8, does: 'report' }], {
      onProgress: ({ done, value }) => void values.push(value ?? done),
    });
    expect(values).toEqual([{ half: 8 }, 1]);
  });
});

const byId = (a: unknown, b: unknown) => (a as { id: string }).id.localeCompare((b as { id: string }).id);
const byJobId = (a: Told, b: Told) => a.jobId.localeCompare(b.jobId);
