import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { type Draw, drawsOf } from './draws.js';
import {
  eventually,
  expectInTime,
  expectNothing,
  type Kit,
  type KitQueue,
  LONG_LEASE_MS,
  numbers,
  punctualTest,
  reserveSome,
  takeAll,
} from './kit.js';
import { expectLawfulLog, readLog } from './log.js';
import type { KitProcess } from './processes.js';

const PROCESSES = 4;
const KILLS = 6;

export async function withLog<R>(use: (log: string) => Promise<R>): Promise<R> {
  const folder = mkdtempSync(`${tmpdir()}/mproc-kit-`);
  try {
    return await use(`${folder}/log.jsonl`);
  } finally {
    // Processes that are ended only after the test still write.
    rmSync(folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

/** Until nothing is left in the queue but dead letters. */
async function drained(queue: KitQueue, withinMs: number): Promise<void> {
  await eventually(async () => {
    expect(await queue.counts()).toMatchObject({ ready: 0, delayed: 0, leased: 0 });
  }, withinMs);
}

export function describeCrashes(kit: Kit): void {
  describe('deaths', () => {
    punctualTest(
      'after kill -9 in the middle of its leases all values of a process come back',
      async (context) => {
        const queue = kit.openBrief();
        if (!queue.supports.shared) return context.skip('the queue is of one process');
        await queue.put(numbers(10));
        const holder = await kit.start(queue, { kind: 'hold', count: 10 });
        expect((await holder.message('held')).values).toHaveLength(10);
        await holder.kill();
        expect((await takeAll(queue, 10, kit.backWithinMs)).sort()).toEqual(numbers(10));
        await drained(queue, 5_000);
      },
    );

    test('a value that kills each process that takes it is dead after `maxAttempts`', async (context) => {
      const queue = kit.openBrief();
      if (!queue.supports.shared) return context.skip('the queue is of one process');
      await queue.put(['killer']);
      for (let attempt = 1; attempt <= kit.maxAttempts; attempt += 1) {
        const victim = await kit.start(queue, { kind: 'crash' });
        await victim.ended();
      }
      await expectNothing(queue, kit.backWithinMs);
      if (queue.supports.dead)
        await eventually(async () => {
          const letters = await queue.dead.getAll();
          expect(letters.map(({ value, attempt }) => [value, attempt])).toEqual([
            ['killer', kit.maxAttempts],
          ]);
        });
    });

    punctualTest(
      'a process that is stopped past its lease has lost it when it continues',
      async (context) => {
        const queue = kit.openBrief();
        if (!queue.supports.shared) return context.skip('the queue is of one process');
        await queue.put(['x']);
        const holder = await kit.start(queue, { kind: 'hold', count: 1 });
        await holder.message('held');
        holder.signal('SIGSTOP');
        const [lease] = await reserveSome(queue, 1, kit.backWithinMs);
        expect([lease.value, lease.attempt]).toEqual(['x', 2]);
        let { deadline } = lease;
        if (queue.supports.extend) {
          // However long the other process takes to come to itself.
          expectInTime(await queue.extend([lease], LONG_LEASE_MS), deadline);
          deadline = Date.now() + LONG_LEASE_MS;
        }
        holder.signal('SIGCONT');
        // It closes, and so hands back what it thinks it holds.
        await holder.stop();
        const stolen = await queue.reserve(1);
        expectInTime(await queue.ack([lease]), deadline);
        expect(stolen).toEqual([]);
      },
    );

    test('a process that closes in peace loses nothing', async (context) => {
      const queue = kit.open();
      if (!queue.supports.shared) return context.skip('the queue is of one process');
      await queue.put(numbers(5));
      const holder = await kit.start(queue, { kind: 'hold', count: 5 });
      await holder.message('held');
      await expectNothing(queue);
      await holder.stop();
      expect((await takeAll(queue, 5)).sort()).toEqual(numbers(5));
    });

    test('4 processes take many jobs: none is lost, none comes twice', async (context) => {
      const queue = kit.open();
      if (!queue.supports.shared) return context.skip('the queue is of one process');
      await withLog(async (log) => {
        const total = PROCESSES * kit.options.jobsPerProcess;
        for (let from = 0; from < total; from += 500)
          await queue.put(numbers(Math.min(500, total - from), from));
        const consumers = await Promise.all(
          numbers(PROCESSES).map(() => kit.start(queue, { kind: 'consume', log, batch: 32 })),
        );
        await drained(queue, kit.options.testTimeoutMs);
        for (const consumer of consumers) await consumer.stop();
        const acked = readLog(log).filter((line) => line.step === 'ack');
        expect(acked.filter((line) => line.outcome !== 'ok')).toEqual([]);
        expect(acked).toHaveLength(total);
        expect(new Set(acked.map((line) => line.value)).size).toBe(total);
      });
    });

    test('4 producers and 4 consumers that are killed at random lose nothing that was put', async (context) => {
      const queue = kit.openBrief();
      if (!queue.supports.shared) return context.skip('the queue is of one process');
      await withLog(async (log) => {
        const killed = new Set<number>();
        await produceAndConsume(kit, queue, log, killed, drawsOf('processes killed at random'));
        await drained(queue, kit.options.testTimeoutMs);
        // In peace, so that they write down what they have acknowledged just now.
        await kit.stopProcesses();
        const dead = queue.supports.dead
          ? (await queue.dead.getAll()).map((letter) => String(letter.value))
          : [];
        expectLawfulLog(readLog(log), killed, new Set(dead));
      });
    });
  });
}

async function produceAndConsume(
  kit: Kit,
  queue: KitQueue,
  log: string,
  killed: Set<number>,
  draw: Draw,
): Promise<void> {
  const count = Math.ceil(kit.options.jobsPerProcess / 5);
  const produce = (prefix: string) => kit.start(queue, { kind: 'produce', log, prefix, count, batch: 10 });
  const consume = () => kit.start(queue, { kind: 'consume', log, batch: 8 });
  const producers = await Promise.all(numbers(PROCESSES).map((index) => produce(`p${index}`)));
  const consumers = await Promise.all(numbers(PROCESSES).map(consume));
  for (let kill = 0; kill < KILLS; kill += 1) {
    await sleep(draw() * 150);
    const group: KitProcess[] = kill % 3 === 0 ? producers : consumers;
    const victim = group.splice(Math.floor(draw() * group.length), 1)[0];
    if (victim === undefined) continue;
    killed.add(victim.pid);
    await victim.kill();
    group.push(await (group === producers ? produce(`again${kill}`) : consume()));
  }
  await Promise.all(producers.map((producer) => producer.ended()));
}
