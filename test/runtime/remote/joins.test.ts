import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { AnsweredJob, FlowNode, JobBefore, PoolOptions, ProcessPool, Queue } from 'mproc-worker';
import { afterEach, describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { ENGINES } from './engines.js';
import type { GatedArgs } from './gated.worker.mjs';
import { HostsOver } from './hosts-over.js';

const LEASE_MS = 1_500;
const KEEP: Partial<PoolOptions> = { keep: { ok: '1 h', failed: '1 h' } };
const JOINING = ['sqlite', 'postgres', 'redis'];
const KILLED = fileURLToPath(new URL('./killed-in-joins.mjs', import.meta.url));

describe.each(ENGINES)('jobs after others over %s', (name) => {
  const over = new HostsOver(name, 'joins', { leaseMs: LEASE_MS, inTurn: true });
  const { host, caller, gated, gate, open, began } = over;
  const programs: ChildProcess[] = [];
  afterEach(() => {
    for (const program of programs.splice(0)) program.kill('SIGKILL');
  });

  async function begin(
    context: { skip: (note: string) => void },
    able?: readonly string[],
  ): Promise<Queue<unknown>> {
    await over.begin(context, able);
    if (JOINING.includes(name)) {
      over.queue('history');
      over.queue('joins');
    }
    return over.queue();
  }

  async function mayJoin(context: { skip: (note: string) => void }): Promise<Queue<unknown>> {
    const jobs = await begin(context, JOINING);
    if (!JOINING.includes(name)) context.skip('the engine holds no jobs');
    return jobs;
  }

  async function answered(pool: ProcessPool, jobId: string): Promise<AnsweredJob> {
    let found: AnsweredJob[] = [];
    await until(async () => {
      found = await pool.history({ jobIds: [jobId] });
      return found.length > 0;
    }, 40_000);
    return found[0]!;
  }

  /** A program that kills itself at a step; resolves when it has. */
  async function killed(step: string, when: string, more: object = {}): Promise<void> {
    const { module } = over.engine;
    const words = { module, space: over.space, options: { leaseMs: LEASE_MS, ...KEEP }, step, when, ...more };
    const program = spawn(process.execPath, [KILLED, JSON.stringify(words)], {
      env: over.engine.env,
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    programs.push(program);
    const [, signal] = await once(program, 'exit');
    expect(signal).toBe('SIGKILL');
  }

  const node = (args: GatedArgs, after: FlowNode[] = [], more: Partial<FlowNode> = {}): FlowNode => ({
    worker: gated(),
    args,
    after,
    ...more,
  });
  /** Two jobs, one after both, one after that. */
  const treeOf = (): FlowNode => {
    const leaves = [node({ n: 1 }), node({ n: 2 })];
    return node({ n: 4, does: 'join' }, [node({ n: 3, does: 'join' }, leaves)]);
  };
  const bodies = (before: readonly JobBefore[]) => before.map(({ body }) => body);
  const joinedOf = (job: AnsweredJob) => job.body as { n: number; before: JobBefore[] };

  test('a job waits for those before it, on any host, and has what they returned', async (context) => {
    const jobs = await begin(context);
    const pool = caller(KEEP);
    if (!JOINING.includes(name)) {
      const cannot = { code: 'ERR_UNSUPPORTED' };
      const plain = caller();
      await expect(plain.submit(gated(), { n: 1 }, { after: ['x'] })).rejects.toMatchObject(cannot);
      await expect(plain.flow(treeOf())).rejects.toMatchObject(cannot);
      expect(await jobs.counts()).toMatchObject({ ready: 0, delayed: 0, leased: 0 });
      return;
    }
    await host();
    await host();
    const quick = await pool.submit(gated(), { n: 1 });
    // It has its answer before anybody asks for it.
    await answered(pool, quick);
    const slow = await pool.submit(gated(), { n: 2, gate: gate() });
    const last = await pool.submit(gated(), { n: 3, does: 'join' }, { after: [slow, quick, slow] });
    const later = await pool.submit(gated(), { n: 4, does: 'join' }, { after: [last] });
    await until(() => began().length === 2);
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS));
    expect(began().map(({ n }) => n)).toEqual([1, 2]);
    open();
    const { n, before } = joinedOf(await answered(pool, last));
    expect([n, before]).toEqual([
      3,
      [
        { jobId: slow, ok: true, body: 2 },
        { jobId: quick, ok: true, body: 1 },
      ],
    ]);
    expect(joinedOf(await answered(pool, later)).before[0]!.body).toMatchObject({ n: 3 });
    expect(began().map((one) => one.n)).toEqual([1, 2, 3, 4]);
    await until(async () => (await jobs.counts()).leased === 0);
    expect(await jobs.counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
  });

  test('a flow is put as a whole, a job that several come after runs once, and a host may be killed', async (context) => {
    await mayJoin(context);
    const first = await host();
    const pool = caller(KEEP);
    const shared = node({ n: 1 });
    const left = node({ n: 2, does: 'join', gate: gate() }, [shared]);
    const right = node({ n: 3, does: 'join' }, [shared], { priority: 5 });
    const { jobId, after } = await pool.flow(
      node({ n: 4, does: 'join' }, [left, right], { timeoutMs: 60_000 }),
    );
    expect(after.map((one) => one.after)).toEqual([after[0]!.after, after[0]!.after]);
    await until(() => began().some(({ n }) => n === 2));
    await first.end('SIGKILL');
    await host();
    await host();
    open();
    const { before } = joinedOf(await answered(pool, jobId));
    expect(bodies(before)).toMatchObject([{ n: 2 }, { n: 3 }]);
    expect((before[0]!.body as { before: JobBefore[] }).before).toEqual([
      { jobId: after[0]!.after[0]!.jobId, ok: true, body: 1 },
    ]);
    expect(began().filter(({ n }) => n === 1)).toHaveLength(1);
    expect(began().filter(({ n }) => n === 4)).toHaveLength(1);
  });

  test('a failed job fails those after it by name, or lets them see it', async (context) => {
    const jobs = await mayJoin(context);
    await host();
    const pool = caller(KEEP);
    const bad = node({ n: 1, does: 'throw' });
    const good = node({ n: 2 });
    const strict = node({ n: 3, does: 'join' }, [good, bad]);
    const lenient = node({ n: 4, does: 'join' }, [strict, bad, good], { afterFailed: 'run' });
    const root = node({ n: 5, does: 'join' }, [lenient]);
    const { jobId, after } = await pool.flow(root);
    const [[strictId, badId]] = after.map((one) => one.after.map((inner) => inner.jobId)) as [
      [string, string],
    ];
    const failed = await answered(pool, strictId);
    expect(failed).toMatchObject({ state: 'failed', error: { code: 'ERR_BEFORE_FAILED', jobId: badId } });
    expect(failed.error!.message).toContain(
      `job ${strictId} did not run, as job ${badId} before it has failed: no 1`,
    );
    expect(failed.error!.cause).toBeInstanceOf(RangeError);
    const { before } = joinedOf(await answered(pool, after[0]!.jobId));
    expect(before.map(({ ok, error }) => [ok, error?.code ?? error?.name])).toEqual([
      [false, 'ERR_BEFORE_FAILED'],
      [false, 'RangeError'],
      [true, undefined],
    ]);
    expect((await answered(pool, jobId)).state).toBe('ok');
    expect(
      began()
        .map(({ n }) => n)
        .sort(),
    ).toEqual([1, 2, 4, 5]);
    expect(await jobs.counts()).toMatchObject({ ready: 0, delayed: 0, dead: 2 });
  });

  test('a job that no host survives, is canceled or cleared fails those after it', async (context) => {
    const jobs = await mayJoin(context);
    const pool = caller({ ...KEEP, maxAttempts: 1 });
    const doomed = await pool.submit(gated(), { n: 1, gate: gate('never') });
    const afterDoomed = await pool.submit(gated(), { n: 2 }, { after: [doomed] });
    const first = await host({ maxAttempts: 1 });
    await until(() => began().length === 1);
    await first.end('SIGKILL');
    await host({ maxAttempts: 1 });
    expect(await answered(pool, afterDoomed)).toMatchObject({
      error: { code: 'ERR_BEFORE_FAILED', jobId: doomed },
    });

    const canceled = await pool.submit(gated(), { n: 3 }, { delayMs: 60_000 });
    const held = await pool.submit(gated(), { n: 4 }, { after: [canceled] });
    const cleared = await pool.submit(gated(), { n: 5 }, { delayMs: 60_000 });
    const afterCleared = await pool.submit(gated(), { n: 6 }, { after: [cleared] });
    const afterHeld = await pool.submit(gated(), { n: 7 }, { after: [held] });
    expect(await pool.cancel(held)).toBe(true);
    expect(await pool.cancel(held)).toBe(false);
    expect((await answered(pool, afterHeld)).error).toMatchObject({
      jobId: held,
      cause: { code: 'ERR_JOB_CANCELED' },
    });
    const afterCanceled = await pool.submit(gated(), { n: 8 }, { after: [canceled] });
    expect(await pool.cancel(canceled)).toBe(true);
    expect((await answered(pool, afterCanceled)).error).toMatchObject({ jobId: canceled });
    expect(await jobs.clear()).toBe(1);
    expect((await answered(pool, afterCleared)).error).toMatchObject({
      jobId: cleared,
      cause: { code: 'ERR_JOB_DEAD' },
    });
    expect(began().map(({ n }) => n)).toEqual([1]);
  });

  test('what is not known, and what goes in a circle or too deep, is refused in one line', async (context) => {
    const jobs = await mayJoin(context);
    const pool = caller();
    const submit = (options: object) => pool.submit(gated(), { n: 1 }, options);
    const id = await submit({ delayMs: 60_000 });
    const unknown = id.replace(/\d+$/, '77');
    await expect(submit({ after: [id, unknown] })).rejects.toMatchObject({
      code: 'ERR_JOB_UNKNOWN',
      message: `job ${unknown} is not known: it is none of submit or flow, or was answered more than 5 minutes ago and its pool has no option keep for it`,
    });
    await expect(submit({ after: ['of nobody'] })).rejects.toMatchObject({ code: 'ERR_JOB_UNKNOWN' });
    for (const [options, message] of [
      [{ after: 'x' }, /^option after must be an array of ids of jobs.*; received "x"$/],
      [{ after: [''] }, /^option after must be an array/],
      [{ after: [id], tx: {} }, /^(options after and tx do not go together|queue .* tx)/],
      [{ after: [id], dedupeKey: 'k' }, /^options after and dedupeKey do not go together$/],
      [{ after: [id], afterFailed: 'see' }, /^option afterFailed must be 'fail' or 'run'; received see$/],
      [{ afterFailed: 'run' }, /^option afterFailed goes with after/],
    ] as const)
      await expect(submit(options)).rejects.toThrow(message);
    const circle = node({ n: 1 }) as { after: FlowNode[] } & FlowNode;
    circle.after.push(node({ n: 2 }, [circle]));
    await expect(pool.flow(circle)).rejects.toThrow(
      'a flow goes in a circle: a job of it is to come after itself',
    );
    let deep = node({ n: 0 });
    for (let n = 0; n < 100; n += 1) deep = node({ n }, [deep]);
    await expect(pool.flow(deep)).rejects.toThrow(
      'a flow may have 100 jobs one before the other; this one is deeper',
    );
    await expect(pool.flow({ args: 1 } as unknown as FlowNode)).rejects.toThrow(
      'a job of a flow needs its worker',
    );
    await expect(pool.flow(node({ n: 1 }, [], { afer: [] } as object))).rejects.toThrow(
      /did you mean after\?/,
    );
    expect(await jobs.counts()).toMatchObject({ ready: 0, delayed: 1, leased: 0 });
  });

  test.skipIf(!JOINING.includes(name)).for([
    ['arrive', 'before'],
    ['arrive', 'after'],
    ['joined', 'after'],
    ['put', 'before'],
    ['put', 'after'],
    ['release', 'before'],
    ['release', 'after'],
    ['ack', 'before'],
    ['ack', 'after'],
  ] as const)(
    'a host that is killed at %s, %s it, leaves the flow to others',
    async ([step, when], context) => {
      await mayJoin(context);
      const pool = caller(KEEP);
      const { jobId } = await pool.flow(treeOf());
      await killed(step, when);
      await host();
      const { before } = joinedOf(await answered(pool, jobId));
      expect(bodies((before[0]!.body as { before: JobBefore[] }).before)).toEqual([1, 2]);
      expect(new Set(began().map(({ n }) => n))).toEqual(new Set([1, 2, 3, 4]));
    },
  );

  test.skipIf(!JOINING.includes(name)).for([
    ['hold', 'before'],
    ['hold', 'after'],
    ['joined', 'after'],
    ['put', 'before'],
    ['put', 'after'],
    ['release', 'before'],
  ] as const)(
    'of a flow whose caller is killed at %s, %s it, all is there or nothing',
    async ([step, when], context) => {
      await mayJoin(context);
      const flow = { args: { n: 3, does: 'join' }, after: [{ args: { n: 1 } }, { args: { n: 2 } }] };
      const { file } = gated();
      await killed(step, when, { flow, file });
      await host();
      const pool = caller();
      const isThere = !(step === 'hold' && when === 'before');
      if (!isThere) {
        await new Promise((resolve) => setTimeout(resolve, LEASE_MS));
        return expect(began()).toEqual([]);
      }
      await until(async () => (await pool.history()).length === 3);
      const root = (await pool.history()).find(({ args }) => (args as GatedArgs).n === 3)!;
      expect(bodies(joinedOf(root).before)).toEqual([1, 2]);
      expect(
        began()
          .map(({ n }) => n)
          .sort(),
      ).toEqual([1, 2, 3]);
    },
  );
});
