import { setTimeout as sleep } from 'node:timers/promises';
import type { Lease, Queue, QueueFactory, QueueLimit } from 'mproc-worker';
import { expect } from 'vitest';
import type { seeded } from '../seeded.js';
import { LimitModel, type Modelled } from './limit-model.js';

type Random = ReturnType<typeof seeded>;

const KEYS = ['a', 'b', 'c', 'ä', 'a b'];
const LEASE_MS = 240_000;
/** Of a holder that dies: a claim with it has ended when the next statement begins. */
const DYING_MS = 2;
/** Deaths count as attempts; nothing is to die of them here. */
const OPTIONS = { maxAttempts: 1_000 };

/** The same steps by a queue and by the model. */
export class LimitRun {
  readonly #queue: Queue<number>;
  readonly #dying: Queue<number>;
  readonly #limit: QueueLimit;
  readonly #model: LimitModel;
  readonly #random: Random;
  /** By id. */
  readonly #leases = new Map<string, { readonly lease: Lease<number>; readonly isLimited: boolean }>();
  #puts = 0;

  constructor(queues: QueueFactory, limit: QueueLimit, random: Random) {
    this.#queue = queues('jobs', { ...OPTIONS, leaseMs: LEASE_MS }) as Queue<number>;
    this.#dying = queues('jobs', { ...OPTIONS, leaseMs: DYING_MS }) as Queue<number>;
    this.#limit = limit;
    this.#model = new LimitModel(limit);
    this.#random = random;
  }

  async step(gives: boolean): Promise<void> {
    const steps = [
      () => this.#putSome(),
      () => this.#claim(true),
      () => this.#claim(true),
      () => this.#settle(),
      () => this.#settle(),
      () => (gives ? this.#changePermit() : this.#claim(false)),
      () => this.#die(),
      () => this.#remove(),
    ];
    await this.#oneOf(steps)!();
    if (this.#random.chance(0.1)) await this.#expectCounts();
  }

  /** @param keys `undefined` is none */
  async put(keys: readonly (string | undefined)[], priority: number): Promise<void> {
    const numbers = keys.map(() => (this.#puts += 1));
    const limitKeys = keys.flatMap((key) => key ?? []);
    const labels = limitKeys.length > 0 && { limitKeys };
    const ids = await this.#queue.put(numbers, { priority, ...labels });
    for (const [index, id] of ids.entries()) this.#model.put(id, keys[index], priority);
  }

  /** Until nothing is left that may go: what is left then is of keys whose rate is used up. */
  async drain(): Promise<void> {
    for (const value of this.#model.in('leased')) await this.#finish(value);
    for (;;) {
      const claimed = await this.#claim(true, 20);
      if (claimed === 0) break;
      for (const value of this.#model.in('leased')) await this.#finish(value);
    }
    await this.#expectCounts();
    if (this.#limit.rate === undefined) expect(this.#model.in('ready')).toEqual([]);
    while ((await this.#claim(false, 50)) > 0)
      for (const value of this.#model.in('leased')) await this.#finish(value);
    expect(await this.#queue.counts()).toMatchObject({ ready: 0, delayed: 0, leased: 0 });
  }

  async end(): Promise<void> {
    await this.#dying.close();
    await this.#queue.destroy();
  }

  #oneOf<V>(values: readonly V[]): V | undefined {
    return values.length === 0 ? undefined : this.#random.pick(values);
  }

  #putSome(): Promise<void> {
    const count = 1 + this.#random.below(4);
    const hasKeys = this.#random.chance(0.8);
    const keys = Array.from({ length: count }, () => (hasKeys ? this.#oneOf(KEYS) : undefined));
    return this.put(keys, this.#random.chance(0.6) ? 0 : this.#random.below(5) - 2);
  }

  async #claim(isLimited: boolean, max = 1 + this.#random.below(6)): Promise<number> {
    const leases = await this.#queue.reserve(max, isLimited ? { limit: this.#limit } : {});
    const expected = this.#model.claim(max, isLimited);
    expect(leases.map(({ id, attempt }) => [id, attempt])).toEqual(
      expected.map(({ id, attempt }) => [id, attempt]),
    );
    for (const lease of leases) this.#leases.set(lease.id, { lease, isLimited });
    return leases.length;
  }

  /** Leases some in the name of a holder that is gone then. */
  async #die(): Promise<void> {
    const max = 1 + this.#random.below(3);
    const leases = await this.#dying.reserve(max, { limit: this.#limit });
    const expected = this.#model.claim(max, true);
    expect(leases.map(({ id }) => id)).toEqual(expected.map(({ id }) => id));
    await sleep(DYING_MS + 2);
    await this.#queue.counts();
    for (const value of expected) this.#model.release(value, {});
  }

  async #settle(): Promise<void> {
    const value = this.#oneOf(this.#model.in('leased'));
    if (value === undefined) return;
    const { lease, isLimited } = this.#leases.get(value.id)!;
    const way = this.#random.next();
    if (way < 0.5) return this.#finish(value);
    if (way < 0.6) {
      expect(await this.#queue.nack([lease], { dead: true })).toEqual(['ok']);
      return this.#model.bury(value);
    }
    const refund = isLimited && this.#random.chance(0.5);
    const key = this.#random.chance(0.2) ? this.#oneOf(KEYS) : undefined;
    const isDelayed = this.#random.chance(0.2);
    const options = { refund, ...(key !== undefined && { limitKey: key }), ...(isDelayed && { delayMs: 1 }) };
    expect(await this.#queue.nack([lease], options)).toEqual(['ok']);
    this.#model.release(value, { refund, key: key ?? value.key });
    if (isDelayed) await this.#comeBack();
  }

  /** What is delayed is ready by then. */
  async #comeBack(): Promise<void> {
    await sleep(5);
    await this.#queue.counts();
  }

  async #finish(value: Modelled): Promise<void> {
    expect(await this.#queue.ack([this.#leases.get(value.id)!.lease])).toEqual(['ok']);
    this.#model.remove(value);
  }

  async #changePermit(): Promise<void> {
    const value = this.#oneOf(this.#model.in('leased').filter(({ key }) => key !== undefined));
    if (value === undefined) return;
    const { lease } = this.#leases.get(value.id)!;
    if (value.permit === 'has' && this.#random.chance(0.5)) {
      await this.#queue.permit!(lease, 'began', this.#limit);
      return this.#model.began(value);
    }
    if (value.permit === 'has') {
      expect(await this.#queue.permit!(lease, 'give', this.#limit)).toBe(true);
      return this.#model.give(value);
    }
    const isTaken = await this.#queue.permit!(lease, 'take', this.#limit);
    expect(isTaken).toBe(this.#model.takeAgain(value));
  }

  async #remove(): Promise<void> {
    const dead = this.#oneOf(this.#model.in('dead'));
    if (dead !== undefined && this.#random.chance(0.5)) {
      expect(await this.#queue.dead.requeue([dead.id])).toBe(1);
      return this.#model.revive(dead);
    }
    const value = this.#oneOf([...this.#model.in('ready'), ...this.#model.in('leased')]);
    if (value === undefined) return;
    expect(await this.#queue.withdraw!([value.id])).toBe(1);
    this.#model.remove(value);
  }

  async #expectCounts(): Promise<void> {
    const count = (state: Modelled['state']) => this.#model.in(state).length;
    const counts = { ready: count('ready'), delayed: 0, leased: count('leased'), dead: count('dead') };
    expect(await this.#queue.counts()).toEqual(counts);
  }
}
