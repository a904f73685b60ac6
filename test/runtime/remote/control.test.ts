import { hostname } from 'node:os';
import type { BroadcastAnswer, ProcessPool, Queue } from 'mproc-worker';
import { describe, expect, test } from 'vitest';
import { until } from '../pool/prove-pool.js';
import { ENGINES } from './engines.js';
import { Gated } from './gated.worker.mjs';
import { HostsOver } from './hosts-over.js';

/** A third of it is how long a host may take to hear of it. */
const LEASE_MS = 3_000;
const numbers = (count: number) => Array.from({ length: count }, (_, n) => n);
const broadcast = (pool: ProcessPool, timeoutMs: number) =>
  pool.broadcast(Gated, { at: new Date(5) }, { everywhere: true, timeoutMs });

describe.each(ENGINES)('control over %s', (name) => {
  const over = new HostsOver(name, 'control', { leaseMs: LEASE_MS, inTurn: true });
  const { host, caller, gated, gate, open, began } = over;

  async function begin(context: { skip: (note: string) => void }): Promise<Queue<unknown>> {
    await over.begin(context);
    return over.queue();
  }

  const cannot = { code: 'ERR_UNSUPPORTED' };

  test('a paused class waits, whoever dies, and runs when it is resumed', async (context) => {
    const jobs = await begin(context);
    const asking = caller();
    if (!jobs.supports.peek) {
      await expect(asking.pause(Gated)).rejects.toMatchObject(cannot);
      await expect(asking.resume(Gated)).rejects.toMatchObject(cannot);
      await expect(asking.drain('nobody')).rejects.toMatchObject(cannot);
      await expect(asking.broadcast(Gated, 1, { everywhere: true })).rejects.toMatchObject(cannot);
      // All else goes on as if there were no such thing.
      await host();
      expect((await caller().run(gated(), { n: 1 })).body).toBe(1);
      return;
    }
    const first = await host();
    const pool = caller();
    const running = pool.map(gated(), [{ n: 0, gate: gate(0) }]);
    await until(() => began().length === 1);
    await asking.pause('Other');
    await asking.pause(Gated);
    await asking.pause(Gated);
    expect(await asking.paused()).toEqual(['Gated', 'Other']);
    await asking.destroy();
    // A host that answers what was asked later has looked. What runs goes on to its end, and is answered.
    await until(async () => (await jobs.counts()).leased === 1);
    await until(async () => (await broadcast(pool, 500)).length > 0);
    open(0);
    expect((await running)[0]!.body).toBe(0);
    const mapping = pool.map(
      gated(),
      numbers(3).map((n) => ({ n: n + 1 })),
    );
    // An answer comes before the engine forgets its job, which a host that is killed between the two hands on.
    await until(async () => {
      const { ready, leased } = await jobs.counts();
      return ready === 3 && leased === 0;
    });
    await first.end('SIGKILL');
    // A host that starts later honours it, and so does one whose engine knows nothing of who asked.
    await host();
    await new Promise((resolve) => setTimeout(resolve, LEASE_MS / 3 + 500));
    expect(await jobs.counts()).toMatchObject({ ready: 3, leased: 0 });
    expect(began()).toHaveLength(1);
    const other = caller();
    await other.resume('Gated');
    expect((await mapping).map(({ body }) => body)).toEqual([1, 2, 3]);
    expect(await other.paused()).toEqual(['Other']);
    await other.resume('Gated');
    await other.resume('Other');
    expect(await other.paused()).toEqual([]);
  });

  test('a host that is drained takes nothing more, and finishes what runs; others go on', async (context) => {
    const jobs = await begin(context);
    if (!jobs.supports.peek) context.skip('the engine shows nothing without taking it');
    const drained = await host();
    const pool = caller();
    const mapping = pool.map(
      gated(),
      numbers(3).map((n) => ({ n, gate: gate(n) })),
    );
    await until(() => began().length === 1);
    const heard = await caller().drain(`${hostname()}:${drained.program.pid}`);
    expect(heard).toEqual([`${hostname()}:${drained.program.pid}`]);
    const [running] = began();
    open(running!.n);
    // Its work is over, and its pool closes.
    await until(() => drained.program.exitCode === 0);
    expect(began()).toHaveLength(1);
    // One that starts now does not know of it.
    await host();
    for (const n of numbers(3)) open(n);
    expect((await mapping).map(({ body }) => body)).toEqual(numbers(3));
    expect(await caller().drain('nobody')).toEqual([]);
  });

  test('a message reaches the class in the processes of all hosts that live', async (context) => {
    const jobs = await begin(context);
    if (!jobs.supports.peek) context.skip('the engine shows nothing without taking it');
    const [one, other, dead] = await Promise.all([host(), host(), host()]);
    const pool = caller();
    // Each has a process by then.
    const mapping = pool.map(
      gated(),
      numbers(3).map((n) => ({ n, gate: gate() })),
    );
    await until(() => began().length === 3);
    await dead!.end('SIGKILL');
    let answers: BroadcastAnswer<unknown>[] = [];
    // The one that is dead has all that asks for it wait; those that live have longer the busier the machine is.
    for (let timeoutMs = 2_000; answers.length < 2 && timeoutMs < 60_000; timeoutMs *= 2)
      answers = await broadcast(pool, timeoutMs);
    open();
    await mapping;
    const pids = [one, other].map(({ program }) => `${hostname()}:${program.pid}`);
    expect(answers.map((answer) => answer.host).sort()).toEqual(pids.sort());
    for (const answer of answers)
      expect(answer).toMatchObject({
        status: 'fulfilled',
        value: { heard: { at: new Date(5) }, pid: answer.pid },
      });
  });
});
