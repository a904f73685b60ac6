import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { expect, type TestContext, test } from 'vitest';
import type {
  Lease,
  Outcome,
  Queue,
  QueueCounts,
  QueueFactory,
  QueueSupport,
} from '../../contracts/queue.js';
import type { KitTier, ResolvedKitOptions } from './options.js';
import { type KitProcess, type ProcessRole, startProcess } from './processes.js';

export type KitQueue = Queue<unknown>;

/** A lease that no machine is too slow for. */
export const LONG_LEASE_MS = 60_000;
const TRIES_OF_A_PUNCTUAL_TEST = 10;

/** What the tests of the kit work with: queues of fresh names, and processes, all cleaned up after the test. */
export class Kit {
  /** With their leases. */
  readonly #opened = new Map<KitQueue, number>();
  readonly #processes: KitProcess[] = [];

  constructor(
    readonly factory: QueueFactory,
    readonly options: ResolvedKitOptions,
  ) {}

  /** Lease of the queues in which leases end, in milliseconds. */
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

  /** A queue whose leases last; the same name opens the same queue once more. */
  open(name = this.freshName()): KitQueue {
    return this.#open(name, LONG_LEASE_MS);
  }

  /** A queue whose leases end while the test waits, so that using one in time is a `punctualTest`. */
  openBrief(name = this.freshName()): KitQueue {
    return this.#open(name, this.leaseMs);
  }

  leaseMsOf(queue: KitQueue): number {
    return this.#opened.get(queue) ?? expect.fail('the queue is not of this kit');
  }

  #open(name: string, leaseMs: number): KitQueue {
    const queue = this.factory(name, { leaseMs, maxAttempts: this.maxAttempts });
    this.#opened.set(queue, leaseMs);
    return queue;
  }

  /** A process that opens the queue, with the same lease, and plays a role. */
  async start(queue: KitQueue, role: ProcessRole): Promise<KitProcess> {
    const started = await startProcess(this.options, {
      queue: queue.name,
      leaseMs: this.leaseMsOf(queue),
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
    const opened = [...this.#opened.keys()];
    this.#opened.clear();
    for (const queue of opened) {
      try {
        await queue.destroy();
      } catch {
        // A test has destroyed it, or taken its server away.
      }
    }
  }
}

/** This process was kept from using a lease until it had ended: neither the queue's fault nor a proof of anything. */
class Overslept extends Error {
  constructor() {
    super('a lease ended before it could be used');
  }
}

let isQuick = false;

/** Of the tests that are registered from now on. */
export function registerTier(tier: KitTier): void {
  isQuick = tier === 'quick';
}

/** A test that takes seconds, which the quick tier leaves out. */
export function slowTest(name: string, body: (context: TestContext) => Promise<void>): void {
  test.skipIf(isQuick)(name, body);
}

/** A test that has to use short leases in time. Where the machine was too busy for that it is tried again, a few times. */
export function punctualTest(name: string, body: (context: TestContext) => Promise<void>): void {
  slowTest(name, async (context) => {
    for (let tries = 0; tries < TRIES_OF_A_PUNCTUAL_TEST; tries += 1) {
      try {
        return await body(context);
      } catch (error) {
        if (!(error instanceof Overslept)) throw error;
      }
    }
    context.skip('the machine was too busy to use a lease before it ended');
  });
}

/**
 * What was done with leases before their deadline must be `ok`.
 * @throws {Overslept} where it was not done in time
 */
export function expectInTime(outcomes: readonly Outcome[], ...deadlines: readonly number[]): void {
  if (outcomes.includes('lost') && Math.min(...deadlines) <= Date.now()) throw new Overslept();
  expect(outcomes).toEqual(deadlines.map(() => 'ok'));
}

/** What was seen proves something only before a time. @throws {Overslept} after it */
export function expectBefore(deadline: number): void {
  if (Date.now() >= deadline) throw new Overslept();
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
    expectInTime(await queue.ack(leases), ...leases.map(({ deadline }) => deadline));
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
