import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessPool } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { ENGINES } from '../remote/engines.js';
import { Gated } from '../remote/gated.worker.mjs';
import { HostsOver } from '../remote/hosts-over.js';

/** What the engines cannot do, as their `supports` says. */
const CANNOT: Partial<Record<(typeof ENGINES)[number], readonly string[]>> = {
  nats: ['priority', 'delayMs', 'dedupeKey'],
  rabbitmq: ['priority', 'delayMs', 'dedupeKey'],
};

const ABLE = ENGINES.filter((name) => CANNOT[name] === undefined);

describe.each(ENGINES)('jobs with steering over %s', (name) => {
  const over = new HostsOver(name, 'steering', { inTurn: true });
  const { caller, queue, gated, gate, open } = over;

  async function begin(context: { skip: (note: string) => void }, able?: readonly string[]): Promise<void> {
    await over.begin(context, able);
    queue();
  }

  /** Serves what lies on the queue in this process, one job at a time. */
  function host(): ProcessPool {
    const pool = caller({ processes: 'inline' });
    pool.work([Gated]).catch(() => {});
    return pool;
  }

  const can = (option: string) => !CANNOT[name]?.includes(option);
  const began = () => over.began().map(({ n }) => n);

  test.for([
    ['priority', { priority: 1 }],
    ['delayMs', { delayMs: 50 }],
    ['delayMs', { at: Date.now() + 1e6 }],
    ['dedupeKey', { dedupeKey: 'a' }],
  ] as const)(
    'what it cannot do (%s) is refused before anything is put',
    async ([option, options], context) => {
      await begin(context, Object.keys(CANNOT));
      if (can(option)) return;
      const pool = caller();
      const refused = { code: 'ERR_UNSUPPORTED', message: expect.stringContaining(option) };
      await expect(pool.submit(gated(), { n: 1 }, options)).rejects.toMatchObject(refused);
      if (option !== 'dedupeKey') {
        await expect(pool.run(gated(), { n: 1 }, options)).rejects.toMatchObject(refused);
        await expect(pool.map(gated(), [{ n: 1 }], options as object)).rejects.toMatchObject(refused);
      }
      expect(await queue().counts()).toEqual({ ready: 0, delayed: 0, leased: 0, dead: 0 });
    },
  );

  test('a higher priority begins first, of submit, run and map', async (context) => {
    await begin(context, ABLE);
    if (!can('priority')) return;
    const pool = caller();
    await pool.submit(gated(), { n: 1 });
    await pool.submit(gated(), { n: 2 }, { priority: -1 });
    await pool.submit(gated(), { n: 3 }, { priority: 9 });
    const answers = [
      pool.run(gated(), { n: 4 }, { priority: 10 }),
      pool.map(gated(), [{ n: 5 }, { n: 6 }], { priority: 7 }).then(([first]) => first),
    ];
    const lying = queue();
    await until(async () => (await lying.size()) === 6);
    host();
    await Promise.all(answers);
    await until(() => began().length === 6);
    // A host takes a few at a time.
    expect(began()).toEqual([4, 3, 5, 6, 1, 2]);
  });

  test('a job begins when its delay is over', async (context) => {
    await begin(context, ABLE);
    if (!can('delayMs')) return;
    const pool = caller();
    host();
    const before = Date.now();
    await pool.submit(gated(), { n: 1 }, { delayMs: 700 });
    const run = pool.run(gated(), { n: 2 }, { at: new Date(before + 700) });
    const [mapped] = await pool.map(gated(), [{ n: 3 }], { delayMs: 700 });
    expect(mapped?.body).toBe(3);
    expect(Date.now() - before).toBeGreaterThanOrEqual(690);
    expect((await run).body).toBe(2);
    await until(() => began().length === 3);
    const passed = await pool.run(gated(), { n: 4 }, { at: 0 });
    expect(passed.body).toBe(4);
  });

  test('a key has one job and one id on all hosts while it waits or runs', async (context) => {
    await begin(context, ABLE);
    if (!can('dedupeKey')) return;
    const [one, other] = [caller(), caller()];
    const id = await one.submit(gated(), { n: 1, gate: gate() }, { dedupeKey: 'invoice 7' });
    expect(await other.submit(gated(), { n: 2 }, { dedupeKey: 'invoice 7' })).toBe(id);
    host();
    await until(() => began().length === 1);
    expect(await other.submit(gated(), { n: 3 }, { dedupeKey: 'invoice 7' })).toBe(id);
    expect(await other.submit(gated(), { n: 4 }, { dedupeKey: 'invoice 8' })).not.toBe(id);
    open();
    await until(() => began().length === 2);
    const lying = queue();
    await until(async () => Object.values(await lying.counts()).every((count) => count === 0));
    await one.submit(gated(), { n: 5 }, { dedupeKey: 'invoice 7' });
    await until(() => began().length === 3);
    expect(began()).toEqual([1, 4, 5]);
  });

  test('a job with a key is canceled by the id that all have', async (context) => {
    await begin(context, ABLE);
    if (!can('dedupeKey')) return;
    const [one, other] = [caller(), caller()];
    const id = await one.submit(gated(), { n: 1 }, { dedupeKey: 'a' });
    expect(await other.cancel(id)).toBe(true);
    expect(await queue().size()).toBe(0);
    expect(await other.cancel(id)).toBe(false);
  });

  test('calls of one pool share the job of a key, and its answer', async (context) => {
    await begin(context);
    const pool = caller();
    const first = pool.run(gated(), { n: 1, gate: gate() }, { dedupeKey: 'a' });
    const second = pool.run(gated(), { n: 2 }, { dedupeKey: 'a' });
    const third = pool.run(gated(), { n: 3 }, { dedupeKey: 'a' });
    const many = pool.map(gated(), [{ n: 4 }, { n: 5 }], {
      dedupeKey: ({ n }) => (n === 4 ? 'a' : undefined),
    });
    await until(() => pool.stats().outstanding === 5);
    host();
    await until(() => began().includes(1));
    expect(await pool.cancel(third.jobId)).toBe(true);
    expect((await third).error).toMatchObject({ code: 'ERR_JOB_CANCELED' });
    open();
    expect([(await first).body, (await second).body]).toEqual([1, 1]);
    expect((await many).map(({ body }) => body)).toEqual([1, 5]);
    expect(began().sort()).toEqual([1, 5]);
    await until(() => pool.stats().outstanding === 0);
  });

  test('a time limit goes with a submitted job', async (context) => {
    await begin(context);
    const pool = caller();
    const serving = host();
    const dead = new Promise<{ reason: string }>((resolve) => serving.on('dead', resolve));
    await pool.submit(gated(), { n: 1, gate: gate() }, { timeoutMs: 100 });
    expect((await dead).reason).toMatch(/ran longer than 100 ms/);
  });

  test('a job that no host has begun in time is answered, and never begun', async (context) => {
    await begin(context);
    const pool = caller();
    const submitted = await pool.submit(gated(), { n: 1 }, { expiresAfterMs: 300 });
    const run = pool.run(gated(), { n: 2 }, { expiresAfterMs: 300 });
    const many = pool.map(gated(), [{ n: 3 }, { n: 4 }], { expiresAfterMs: 300 });
    const lying = queue();
    if (!lying.supports.peek) await until(async () => (await lying.size()) === 4);
    await sleep(350);
    // Where the queue shows what waits, their caller answers them without a host.
    const serving = queue().supports.peek ? undefined : host();
    const responses = [await run, ...(await many)];
    expect(responses.map(({ error }) => (error as { code?: string }).code)).toEqual(
      Array(3).fill('ERR_JOB_EXPIRED'),
    );
    const hosting = serving ?? caller({ processes: 'inline' });
    const dead: string[] = [];
    hosting.on('dead', ({ jobId, reason }) => dead.push(jobId, reason));
    if (serving === undefined) hosting.work([Gated]).catch(() => {});
    expect((await pool.run(gated(), { n: 5 })).body).toBe(5);
    await until(async () => (await lying.size()) === 0);
    if (serving === undefined)
      expect(dead).toEqual([submitted, expect.stringContaining('was not begun within 300 ms')]);
    expect(began()).toEqual([5]);
  });

  test('unknown and contradictory options of submit are refused', async (context) => {
    await begin(context);
    const pool = caller();
    const submit = (options: object) => pool.submit(gated(), { n: 1 }, options);
    await expect(submit({ prioirty: 1 })).rejects.toThrow(
      /^submit has no option prioirty; did you mean priority\?/,
    );
    await expect(submit({ signal: new AbortController().signal })).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
    await expect(submit({ timeoutMs: 0 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(submit({ delayMs: 5, at: 5 })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(pool.map(gated(), [{ n: 1 }], { batch: 'b', dedupeKey: () => 'a' })).rejects.toThrow(
      /does not go with batch/,
    );
    expect(await queue().size()).toBe(0);
  });
});
