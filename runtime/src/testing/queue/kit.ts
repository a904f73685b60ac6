import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect } from 'vitest';
import type { Lease, Queue, QueueCounts, QueueFactory, QueueSupport } from '../../contracts/queue.js';
import type { ResolvedKitOptions } from './options.js';
import { type KitProcess, type ProcessRole, startProcess } from './processes.js';

export type KitQueue = Queue<unknown>;

/** What the tests of the kit work with: queues of fresh names, and processes, all cleaned up after the test. */
export class Kit {
  readonly #opened: KitQueue[] = [];
  readonly #processes: KitProcess[] = [];

  constructor(
    readonly factory: QueueFactory,
    readonly options: ResolvedKitOptions,
  ) {}

  get leaseMs(): number {
    return this.options.leaseMs;
  }

  get maxAttempts(): number {
    return this.options.maxAttempts;
  }

  /** By when an unacknowledged value must be back, in milliseconds from its delivery; with some for a busy machine. */
  get backWithinMs(): number {
    return this.leaseMs + Math.max(1_000, this.leaseMs / 4) + 1_000;
  }

  freshName(): string {
    return `kit-${process.pid}-${randomBytes(4).toString('hex')}`;
  }

  /** A queue; the same name opens the same queue once more. */
  open(name = this.freshName(), leaseMs = this.leaseMs): KitQueue {
    const queue = this.factory(name, { leaseMs, maxAttempts: this.maxAttempts });
    this.#opened.push(queue);
    return queue;
  }

  /** A process that opens the queue and plays a role. */
  async start(queue: KitQueue, role: ProcessRole, leaseMs = this.leaseMs): Promise<KitProcess> {
    const started = await startProcess(this.options, {
      queue: queue.name,
      leaseMs,
      maxAttempts: this.maxAttempts,
      role,
    });
    this.#processes.push(started);
    return started;
  }

  async stopProcesses(): Promise<void> {
    for (const one of this.#processes) if (!one.isGone) await one.stop();
  }

  async cleanUpProcesses(): Promise<void> {
    for (const one of this.#processes.splice(0)) await one.kill();
  }

  async cleanUp(): Promise<void> {
    await this.cleanUpProcesses();
    for (const queue of this.#opened.splice(0)) {
      try {
        await queue.destroy();
      } catch {
        // A test has destroyed it, or taken its server away.
      }
    }
  }
}

/** Reserves until there is something, or fails. */
export async function reserveSome(
  queue: KitQueue,
  max = 1,
  withinMs = 10_000,
): Promise<[Lease<unknown>, ...Lease<unknown>[]]> {
  const giveUpAt = Date.now() + withinMs;
  do {
    const [first, ...rest] = await queue.reserve(max, { waitMs: Math.max(1, giveUpAt - Date.now()) });
    if (first) return [first, ...rest];
  } while (Date.now() < giveUpAt);
  return expect.fail(`nothing could be reserved within ${withinMs} ms`);
}

/** Reserves and acknowledges until there are so many values. */
export async function takeAll(queue: KitQueue, count: number, withinMs = 20_000): Promise<unknown[]> {
  const values: unknown[] = [];
  while (values.length < count) {
    const leases = await reserveSome(queue, Math.min(64, count - values.length), withinMs);
    expect(await queue.ack(leases)).toEqual(leases.map(() => 'ok'));
    values.push(...leases.map((lease) => lease.value));
  }
  return values;
}

/** Nothing can be reserved, and it stays so. */
export async function expectNothing(queue: KitQueue, forMs = 0): Promise<void> {
  expect(await queue.reserve(10, { waitMs: forMs })).toEqual([]);
}

/** An engine may look at itself a moment ago; sooner than any lease of the kit ends, it must have seen. */
const LOOK_LAG_MS = 250;

export async function expectCounts(queue: KitQueue, counts: Partial<QueueCounts>): Promise<void> {
  await eventually(async () => expect(await queue.counts()).toMatchObject(counts), LOOK_LAG_MS);
}

/** Tries until the assertion holds. */
export async function eventually<R>(assertion: () => Promise<R>, withinMs = 10_000): Promise<R> {
  const giveUpAt = Date.now() + withinMs;
  for (;;) {
    try {
      return await assertion();
    } catch (error) {
      if (Date.now() > giveUpAt) throw error;
      await sleep(25);
    }
  }
}

/**
 * A declared ability must be true, one that is not declared must be refused with `ERR_UNSUPPORTED`, never be ignored.
 * @param attempts calls that use the ability
 */
export async function declared(
  queue: KitQueue,
  ability: keyof QueueSupport,
  attempts: readonly (() => unknown)[],
): Promise<boolean> {
  if (queue.supports[ability]) return true;
  for (const attempt of attempts) await expectCode(attempt, 'ERR_UNSUPPORTED');
  return false;
}

/** The call throws or rejects with an error of that code. */
export async function expectCode(call: () => unknown, code: string): Promise<void> {
  await expect((async () => call())()).rejects.toMatchObject({ code });
}

export function numbers(count: number, from = 0): number[] {
  return Array.from({ length: count }, (_, index) => from + index);
}
