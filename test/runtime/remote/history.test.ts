import type { PoolOptions, Queue } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { withMoreTime } from '../../more-time.js';
import { until } from '../pool/prove-pool.js';
import { ENGINES } from './engines.js';
import { HostsOver } from './hosts-over.js';

const LEASE_MS = 2_000;
const KEEP = { ok: '1 h', failed: '7 d' } as const;
const KEEPING = ['sqlite', 'postgres', 'redis'];

describe.each(ENGINES)('history over %s', (name) => {
  const over = new HostsOver(name, 'history', { leaseMs: LEASE_MS, inTurn: true });
  const { host, caller, gated, gate, open, began } = over;

  /** @returns the jobs, and what is kept */
  async function begin(
    context: { skip: (note: string) => void },
    able?: readonly string[],
  ): Promise<Queue<unknown>> {
    await over.begin(context, able);
    if (KEEPING.includes(name)) over.queue('history');
    return over.queue();
  }

  test('answered jobs are kept by all hosts, listed and filtered from anywhere', async (context) => {
    await begin(context);
    const asking = caller({ keep: KEEP } as Partial<PoolOptions>);
    if (!KEEPING.includes(name)) {
      const cannot = { code: 'ERR_UNSUPPORTED' };
      const jobs = over.queue();
      await expect(asking.map(gated(), [{ n: 1 }])).rejects.toMatchObject(cannot);
      await expect(asking.submit(gated(), { n: 1 })).rejects.toMatchObject(cannot);
      await expect(caller().history()).rejects.toMatchObject(cannot);
      expect(await jobs.counts()).toMatchObject({ ready: 0, delayed: 0, leased: 0 });
      return;
    }
    await host();
    await host();
    const before = Date.now();
    const [one] = await asking.map(gated(), [{ n: 1 }]);
    const bad = await asking.run(gated(), { n: 2, does: 'throw' });
    const submitted = await asking.submit(gated(), { n: 3 });
    const buried = await asking.submit(gated(), { n: 4, does: 'throw' });
    // A pool that says nothing, and hosts that say nothing: nothing is kept.
    await caller().run(gated(), { n: 5 });
    const looking = caller();
    await until(async () => (await looking.history()).length === 4);
    const all = await looking.history();
    const byId = new Map(all.map((job) => [job.jobId, job]));
    const kept = byId.get(one!.jobId)!;
    expect(kept).toMatchObject({ class: 'Gated', state: 'ok', args: { n: 1 }, body: 1, exitCode: 0 });
    expect(kept.attempts).toMatchObject([{ error: undefined, pid: one!.attempts[0]!.pid }]);
    expect(kept.host).toMatch(/^.+:\d+$/);
    const [putAt, answeredAt] = [kept.putAt!.getTime(), kept.answeredAt.getTime()];
    expect(putAt).toBeGreaterThanOrEqual(before);
    expect(answeredAt).toBeGreaterThanOrEqual(putAt);
    const failed = byId.get(bad.jobId)!;
    expect(failed).toMatchObject({ state: 'failed', args: { n: 2 }, exitCode: 1 });
    expect(failed.error).toBeInstanceOf(RangeError);
    expect(byId.get(submitted)).toMatchObject({ state: 'ok', body: 3 });
    expect(byId.get(buried)).toMatchObject({ state: 'failed', args: { n: 4 } });
    expect(all.map((job) => job.answeredAt.getTime())).toEqual(
      all.map((job) => job.answeredAt.getTime()).sort((a, b) => b - a),
    );

    const ids = async (filter: object) => (await looking.history(filter)).map(({ jobId }) => jobId).sort();
    expect(await ids({ state: 'failed' })).toEqual([bad.jobId, buried].sort());
    expect(await ids({ error: 'no 4' })).toEqual([buried]);
    expect(await ids({ class: 'Other' })).toEqual([]);
    expect(await ids({ class: ['Gated', 'Other'], state: 'ok' })).toEqual([one!.jobId, submitted].sort());
    expect(await ids({ until: kept.answeredAt })).toEqual([]);
    expect(await ids({ since: new Date(before), jobIds: [submitted, 'none'] })).toEqual([submitted]);
    expect(await ids({ limit: 2 })).toHaveLength(2);
    await expect(looking.history({ state: 'good' as 'ok' })).rejects.toMatchObject({ code: 'ERR_OPTION' });
    await expect(looking.history({ states: 'ok' } as object)).rejects.toThrow(/did you mean state\?/);
  });

  test('a job whose host is killed is kept once, by the host that ends it', async (context) => {
    await begin(context, KEEPING);
    if (!KEEPING.includes(name)) context.skip('the engine keeps nothing');
    const first = await host();
    const asking = caller({ keep: KEEP } as Partial<PoolOptions>);
    const jobIds = [];
    for (const n of [0, 1, 2]) jobIds.push(await asking.submit(gated(), { n, gate: gate(0) }));
    await until(() => began().length === 1);
    await first.end('SIGKILL');
    open(0);
    const second = await host();
    await until(async () => (await asking.history()).length === 3);
    const all = await asking.history();
    expect(all.map(({ jobId }) => jobId).sort()).toEqual([...jobIds].sort());
    for (const job of all)
      expect(job).toMatchObject({ state: 'ok', host: expect.stringMatching(`:${second.program.pid}$`) });
  });

  test('a host keeps what its own option says where the caller says nothing, and no more than `most`', async (context) => {
    await begin(context, KEEPING);
    if (!KEEPING.includes(name)) context.skip('the engine keeps nothing');
    await host({ keep: { failed: '1 min', most: 2 } });
    const asking = caller();
    for (const n of [0, 1, 2, 3]) await asking.run(gated(), { n, ...(n !== 1 && { does: 'throw' }) });
    await until(async () => (await asking.history()).length === 2);
    expect((await asking.history()).map(({ args }) => (args as { n: number }).n)).toEqual([3, 2]);
    // What the caller says comes first.
    const nines = async () => (await asking.history({ state: 'ok' })).length;
    await withMoreTime([1, 10, 60], async (seconds) => {
      await caller({ keep: { ok: `${seconds} s` } } as Partial<PoolOptions>).run(gated(), { n: 9 });
      expect(await nines()).toBe(1);
    });
    await until(async () => (await nines()) === 0);
  });
});
