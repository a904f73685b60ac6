import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { inspect } from 'node:util';
import { EngineQueue, type Held, type QueueCounts, type Settlement } from 'mproc-worker';
import { describeQueue } from 'mproc-worker/testing';
import { describe, expect, test, vi } from 'vitest';
import { ArrayEngine, arrayQueue } from './array-engine.js';

const LEASE_MS = 60_000;
const never = () => new Promise<never>(() => {});

function queueOf<E extends ArrayEngine>(engine: E, leaseMs = LEASE_MS) {
  return { engine, queue: new EngineQueue('orders', { leaseMs, maxAttempts: 3 }, engine) };
}

describeQueue('over an engine', arrayQueue);

describe('opening', () => {
  test('calls at once open the engine once, and one that failed is tried again by the next call', async () => {
    let isThere = false;
    class Away extends ArrayEngine {
      override async open(events: Parameters<ArrayEngine['open']>[0]): Promise<void> {
        await super.open(events);
        if (!isThere) throw Object.assign(new Error('nobody is there'), { code: 'ECONNREFUSED' });
      }
    }
    const { engine, queue } = queueOf(new Away());
    await expect(queue.put(1)).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    isThere = true;
    await Promise.all([queue.put(2), queue.size(), queue.reserve(1)]);
    expect(engine.opened).toBe(2);
  });

  test('an engine that lost its connection is opened anew, and the leases are gone with it', async () => {
    const { engine, queue } = queueOf(new ArrayEngine());
    await queue.put(['a', 'b']);
    const leases = await queue.reserve(1);
    engine.events?.lost();
    expect(await queue.ack(leases)).toEqual(['lost']);
    expect(await queue.reserve(5)).toHaveLength(1);
    expect(engine.opened).toBe(2);
  });

  test('a queue that was never used opens nothing to be closed', async () => {
    const { engine, queue } = queueOf(new ArrayEngine());
    await queue.close();
    expect([engine.opened, engine.closed]).toEqual([0, 0]);
  });
});

describe('errors', () => {
  test('a broken connection is ERR_QUEUE_UNAVAILABLE with engine, address and cause, and may heal', async () => {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    server.close();
    class OverASocket extends ArrayEngine {
      override readonly address = `127.0.0.1:${port}`;
      override async counts(): Promise<QueueCounts> {
        await once(connect(port, '127.0.0.1'), 'connect');
        return super.counts();
      }
    }
    const { queue } = queueOf(new OverASocket());
    await expect(queue.size()).rejects.toMatchObject({
      name: 'QueueUnavailableError',
      code: 'ERR_QUEUE_UNAVAILABLE',
      message: expect.stringMatching(
        /^queue orders: array at 127\.0\.0\.1:\d+ cannot be reached: connect ECONNREFUSED/,
      ),
      engine: 'array',
      address: `127.0.0.1:${port}`,
      permanent: false,
      cause: { code: 'ECONNREFUSED' },
    });
  });

  test('what only a person can mend is permanent', async () => {
    class Locked extends ArrayEngine {
      override counts(): QueueCounts {
        throw Object.assign(new Error('password authentication failed'), { code: '28P01' });
      }
      problem({ code }: { code?: unknown }) {
        return code === '28P01' ? ('refused' as const) : undefined;
      }
    }
    const { queue } = queueOf(new Locked());
    await expect(queue.size()).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE', permanent: true });
  });

  test('an engine whose queue somebody has removed says that the queue is closed', async () => {
    class Removed extends ArrayEngine {
      override counts(): QueueCounts {
        throw new Error('no such table: jobs');
      }
      problem({ message }: Error) {
        return message.startsWith('no such table') ? ('destroyed' as const) : undefined;
      }
    }
    const { queue } = queueOf(new Removed());
    await expect(queue.size()).rejects.toMatchObject({ code: 'ERR_QUEUE_CLOSED' });
  });

  test('any other error says what the engine said, and nothing of what was sent', async () => {
    class Talkative extends ArrayEngine {
      override put(records: readonly string[]): string[] {
        throw Object.assign(new Error('ERR script'), {
          command: { args: records },
          url: 'redis://:pass-word@host',
        });
      }
    }
    const { queue } = queueOf(new Talkative());
    const put = queue.put('a-value');
    await expect(put).rejects.toMatchObject({
      code: 'ERR_QUEUE_ENGINE',
      message: 'queue orders: array says: ERR script',
    });
    expect(inspect(await put.catch((error: unknown) => error), { depth: 9 })).not.toMatch(
      /a-value|pass-word/,
    );
  });

  test('an engine that does not answer is a rejection in time', async () => {
    class Mute extends ArrayEngine {
      override put = never;
    }
    const { queue } = queueOf(new Mute());
    const began = performance.now();
    await expect(queue.put(1)).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE', permanent: false });
    expect(performance.now() - began).toBeGreaterThanOrEqual(290);
  });
});

describe('leases', () => {
  test('what a claim brings after it was given up is handed back', async () => {
    let answerAfterMs = 600;
    class Slow extends ArrayEngine {
      override async claim(...args: Parameters<ArrayEngine['claim']>) {
        const jobs = await super.claim(...args);
        await sleep(answerAfterMs);
        return jobs;
      }
    }
    const { queue } = queueOf(new Slow());
    await queue.put('x');
    await expect(queue.reserve(1)).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    answerAfterMs = 0;
    await vi.waitFor(
      async () => expect(await queue.counts()).toMatchObject({ ready: 1, leased: 0 }),
      120_000,
    );
    expect((await queue.reserve(1))[0]?.attempt).toBe(1);
  });

  test('an engine has its receipts back', async () => {
    const seen: unknown[] = [];
    class WithReceipts extends ArrayEngine {
      override settle(leases: readonly Held<string>[], settlement: Settlement) {
        seen.push(...leases.map(({ receipt }) => receipt));
        return super.settle(leases, settlement);
      }
    }
    const { queue } = queueOf(new WithReceipts());
    await queue.put(['a', 'b']);
    await queue.ack(await queue.reserve(2));
    expect(seen).toEqual(['receipt of 1', 'receipt of 2']);
  });

  test('what could not be said to the engine may be said again', async () => {
    let isAway = true;
    class Away extends ArrayEngine {
      override async settle(leases: readonly Held<string>[], settlement: Settlement) {
        if (isAway) throw Object.assign(new Error('away'), { code: 'ECONNRESET' });
        return super.settle(leases, settlement);
      }
    }
    const { queue } = queueOf(new Away());
    await queue.put('x');
    const leases = await queue.reserve(1);
    await expect(queue.ack(leases)).rejects.toMatchObject({ code: 'ERR_QUEUE_UNAVAILABLE' });
    isAway = false;
    expect(await queue.ack(leases)).toEqual(['ok']);
    expect(await queue.ack(leases)).toEqual(['lost']);
  });

  test('an engine that ends no lease by itself is told of each that is over, and of no other', async () => {
    const abandoned: string[] = [];
    class Patient extends ArrayEngine {
      abandon(leases: readonly Held<string>[]): void {
        abandoned.push(...leases.map(({ id }) => id));
      }
    }
    const { queue } = queueOf(new Patient(), 1_500);
    const [settled, left, extended] = await queue.put(['settled', 'left', 'extended']);
    const [first, , last] = await queue.reserve(3);
    await queue.ack([first!]);
    await queue.extend([last!], LEASE_MS);
    await vi.waitFor(() => expect(abandoned).toEqual([left]), 120_000);
    expect(abandoned).not.toContain(settled);
    expect(abandoned).not.toContain(extended);
    await queue.close();
  });

  test('without dead letters, what was handed out too often is removed', async () => {
    class Forgetful extends ArrayEngine {
      override readonly supports = { ...new ArrayEngine().supports, dead: false };
    }
    const { engine, queue } = queueOf(new Forgetful());
    await queue.put('poison');
    for (let attempt = 1; attempt <= 3; attempt += 1) await queue.nack(await queue.reserve(1));
    expect(engine.jobs).toEqual([]);
  });
});

describe('waiting', () => {
  test('an engine that can call back is not asked again and again', async () => {
    let looks = 0;
    let call = () => {};
    const stop = vi.fn();
    class Calling extends ArrayEngine {
      readonly pollMs = [600_000, 600_000] as const;
      listen(lookAgain: () => void) {
        call = lookAgain;
        return stop;
      }
      override claim(...args: Parameters<ArrayEngine['claim']>) {
        looks += 1;
        return super.claim(...args);
      }
    }
    const { engine, queue } = queueOf(new Calling());
    const waiting = queue.reserve(1, { waitMs: 600_000 });
    await vi.waitFor(() => expect(looks).toBe(2), 120_000);
    await sleep(100);
    // One before it listened, one after.
    expect(looks).toBe(2);
    engine.put(['"by somebody else"'], {
      priority: 0,
      delayMs: 0,
      dedupeKey: null,
      dedupeKeys: null,
      limitKeys: null,
    });
    call();
    expect((await waiting).map(({ value }) => value)).toEqual(['by somebody else']);
    await queue.close();
    expect(stop).toHaveBeenCalledOnce();
  });

  test('a value that is given back wakes who waits', async () => {
    class Slow extends ArrayEngine {
      readonly pollMs = [600_000, 600_000] as const;
    }
    const { queue } = queueOf(new Slow());
    await queue.put('x');
    const leases = await queue.reserve(1);
    const waiting = queue.reserve(1, { waitMs: 600_000 });
    await sleep(50);
    await queue.nack(leases);
    expect((await waiting)[0]?.attempt).toBe(2);
  });
});

describe('the end', () => {
  test('`close` waits for a claim on its way and hands back what it brings', async () => {
    class Slow extends ArrayEngine {
      override async claim(...args: Parameters<ArrayEngine['claim']>) {
        const jobs = await super.claim(...args);
        await sleep(100);
        return jobs;
      }
    }
    const { engine, queue } = queueOf(new Slow());
    await queue.put('x');
    const claiming = queue.reserve(1);
    await sleep(20);
    await queue.close();
    await claiming;
    expect(engine.jobs).toMatchObject([{ state: 'waiting', attempt: 0 }]);
    expect(engine.closed).toBe(1);
  });

  test('`close` and `destroy` take no longer than one call may, whatever the engine does not answer', async () => {
    class Mute extends ArrayEngine {
      isMute = false;
      override settle(...args: Parameters<ArrayEngine['settle']>) {
        return this.isMute ? never() : super.settle(...args);
      }
      override claim(...args: Parameters<ArrayEngine['claim']>) {
        return this.isMute ? never() : super.claim(...args);
      }
      override close(): Promise<void> {
        return this.isMute ? never() : super.close();
      }
      override drop(): Promise<void> {
        return this.isMute ? never() : super.drop();
      }
    }
    for (const end of ['close', 'destroy'] as const) {
      const { engine, queue } = queueOf(new Mute());
      await queue.put(['x', 'y']);
      await queue.reserve(1);
      engine.isMute = true;
      const claiming = Promise.allSettled([queue.reserve(1)]);
      // Where it waits for the engine, it waits for good: the limit of the test ends that.
      await queue[end]().catch(() => {});
      await claiming;
    }
  });

  test('a closed queue can be destroyed, and leaves nothing', async () => {
    const { engine, queue } = queueOf(new ArrayEngine());
    await queue.put('x');
    await queue.close();
    await queue.destroy();
    await queue.destroy();
    expect([engine.jobs, engine.opened, engine.closed]).toEqual([[], 2, 2]);
  });
});
