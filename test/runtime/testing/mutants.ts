import { setTimeout as sleep } from 'node:timers/promises';
import {
  encodeRecord,
  type Lease,
  type NackOptions,
  type Outcome,
  type PutOptions,
  type QueueFactory,
  type QueueFactoryOptions,
  type QueueSupport,
  type ReserveOptions,
} from 'mproc-worker';
import { ReferenceQueue } from './reference-queue.js';
import { StateFile, type StoredJob, type StoredQueue } from './reference-state.js';

type Leases = readonly Lease<unknown>[];

const ALL: QueueSupport = {
  priority: true,
  delay: true,
  dedupe: true,
  extend: true,
  peek: true,
  dead: true,
  shared: true,
  durable: true,
};
/** What one of them keeps instead of copies, by queue and id. */
const KEPT = new Map<string, unknown>();

/** Queues with one thing wrong each. The kit must fail on every one of them. */
export const MUTANTS: Record<string, new (name: string, options: QueueFactoryOptions) => ReferenceQueue> = {
  'ack ignores the token': class extends ReferenceQueue {
    protected override isHeld(job: StoredJob | undefined): job is StoredJob {
      return job?.state === 'leased';
    }
  },
  'ack succeeds after the lease has ended': class extends ReferenceQueue {
    protected override runDueTimers(state: StoredQueue, now: number): void {
      // Only looks at leases when it hands out, as many engines do.
      for (const job of state.jobs) if (job.state === 'delayed' && job.time <= now) job.state = 'ready';
    }
    protected override inOrder(state: StoredQueue): StoredJob[] {
      super.runDueTimers(state, Date.now());
      return super.inOrder(state);
    }
    protected override isHeld(job: StoredJob | undefined, lease: Lease<unknown>): job is StoredJob {
      return job?.state === 'leased' && job.token === lease.token;
    }
  },
  'nack ignores the token': class extends ReferenceQueue {
    override async nack(leases: Leases, options: NackOptions = {}): Promise<Outcome[]> {
      return this.settle(this.withTokens(leases), (state, job, now) =>
        this.giveBack(state, job, options, now, 'given back'),
      );
    }
  },
  'extend ignores the token': class extends ReferenceQueue {
    override async extend(leases: Leases, ms = this.options.leaseMs): Promise<Outcome[]> {
      return super.extend(this.withTokens(leases), ms);
    }
  },
  'extensions add up': class extends ReferenceQueue {
    override async extend(leases: Leases, ms = this.options.leaseMs): Promise<Outcome[]> {
      return this.settle(leases, (_, job) => {
        job.time += ms;
      });
    }
  },
  'outcomes come in another order': class extends ReferenceQueue {
    override async ack(leases: Leases): Promise<Outcome[]> {
      return (await super.ack(leases)).reverse();
    }
  },
  'a lease that is named twice is ok twice': class extends ReferenceQueue {
    override async ack(leases: Leases): Promise<Outcome[]> {
      const outcomes = await super.ack(leases);
      return leases.map((lease) => outcomes[leases.indexOf(lease)] ?? 'lost');
    }
  },
  'every outcome is ok': class extends ReferenceQueue {
    override async ack(leases: Leases): Promise<Outcome[]> {
      await super.ack(leases);
      return leases.map(() => 'ok');
    }
  },
  'a value that is given back is lost': class extends ReferenceQueue {
    override async nack(leases: Leases): Promise<Outcome[]> {
      return this.ack(leases);
    }
  },
  'nack does nothing until the lease ends': class extends ReferenceQueue {
    override async nack(leases: Leases): Promise<Outcome[]> {
      return this.settle(leases, () => {});
    }
  },
  'claiming is not atomic': class extends ReferenceQueue {
    protected override async claim(max: number): Promise<Lease<unknown>[]> {
      const ids = this.transact((state) =>
        this.inOrder(state)
          .slice(0, max)
          .map((job) => job.id),
      );
      await sleep(2);
      return this.transact((state, now) =>
        state.jobs.filter((job) => ids.includes(job.id)).map((job) => this.lease(state, job, now)),
      );
    }
  },
  'attempts are never counted': class extends ReferenceQueue {
    protected override lease(state: StoredQueue, job: StoredJob, now: number): Lease<unknown> {
      job.attempt = 0;
      return super.lease(state, job, now);
    }
  },
  'expiries are not counted as attempts': class extends ReferenceQueue {
    protected override expire(state: StoredQueue, job: StoredJob): void {
      this.giveBack(state, job, { refund: true }, Date.now(), '');
    }
  },
  'failures and ended leases are counted apart': class extends ReferenceQueue {
    // Where it has failed, the lease that ended is forgiven.
    protected override expire(state: StoredQueue, job: StoredJob): void {
      this.giveBack(state, job, { refund: job.reason === 'given back' }, Date.now(), job.reason);
    }
  },
  'a record that cannot be read ends every look': class extends ReferenceQueue {
    protected override isReadable(): boolean {
      return true;
    }
  },
  'a record that cannot be read vanishes': class extends ReferenceQueue {
    protected override isReadable(state: StoredQueue, job: StoredJob): boolean {
      const isReadable = super.isReadable(state, job);
      if (!isReadable) state.jobs.splice(state.jobs.indexOf(job), 1);
      return isReadable;
    }
  },
  'a record that cannot be read is handed out as undefined': class extends ReferenceQueue {
    protected override isReadable(state: StoredQueue, job: StoredJob): boolean {
      if (!super.isReadable(state, job))
        Object.assign(job, { state: 'ready', record: encodeRecord(undefined) });
      return true;
    }
  },
  'refunds are ignored': class extends ReferenceQueue {
    override async nack(leases: Leases, options: NackOptions = {}): Promise<Outcome[]> {
      return super.nack(leases, { ...options, refund: false });
    }
  },
  'delays of put are ignored': class extends ReferenceQueue {
    override put(values: unknown, { delayMs: _, ...options }: PutOptions = {}): Promise<string[]> {
      return super.put(values, options);
    }
  },
  'delays of nack are ignored': class extends ReferenceQueue {
    override nack(leases: Leases, { delayMs: _, ...options }: NackOptions = {}): Promise<Outcome[]> {
      return super.nack(leases, options);
    }
  },
  'last in, first out': class extends ReferenceQueue {
    protected override inOrder(state: StoredQueue): StoredJob[] {
      return super.inOrder(state).sort((a, b) => b.priority - a.priority || b.id - a.id);
    }
  },
  'priorities are ignored': class extends ReferenceQueue {
    protected override inOrder(state: StoredQueue): StoredJob[] {
      return super.inOrder(state).sort((a, b) => a.id - b.id);
    }
  },
  'dedupe keys are ignored': class extends ReferenceQueue {
    override put(values: unknown, { dedupeKey: _, ...options }: PutOptions = {}): Promise<string[]> {
      return super.put(values, options);
    }
  },
  'dedupe keys are forgotten when their value is leased': class extends ReferenceQueue {
    protected override lease(state: StoredQueue, job: StoredJob, now: number): Lease<unknown> {
      delete job.key;
      return super.lease(state, job, now);
    }
  },
  'dedupe keys outlive the death of their value': class extends ReferenceQueue {
    protected override add(state: StoredQueue, record: string, options: PutOptions, now: number): string {
      const { dedupeKey: key } = options;
      const dead = state.jobs.find((job) => key !== undefined && job.key === key && job.state === 'dead');
      return dead ? String(dead.id) : super.add(state, record, options, now);
    }
  },
  'priorities are forgotten with a delay': class extends ReferenceQueue {
    override put(values: unknown, options: PutOptions = {}): Promise<string[]> {
      return super.put(values, options.delayMs ? { ...options, priority: 0 } : options);
    }
  },
  'iterating does not acknowledge': class extends ReferenceQueue {
    override async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
      for (let [lease] = await this.reserve(1); lease; [lease] = await this.reserve(1)) yield lease.value;
    }
  },
  'reserve gives one at least': class extends ReferenceQueue {
    protected override claim(max: number): Promise<Lease<unknown>[]> {
      return super.claim(Math.max(1, max));
    }
  },
  'names that are alike are one queue': class extends ReferenceQueue {
    protected override readonly file = new StateFile(this.name.replaceAll(/\W/g, '_'));
  },
  'long names are cut': class extends ReferenceQueue {
    protected override readonly file = new StateFile(this.name.slice(0, 60));
  },
  'what cannot be sent is put as null': class extends ReferenceQueue {
    protected override encode(value: unknown): string {
      try {
        return super.encode(value);
      } catch {
        return JSON.stringify(value) ?? 'null';
      }
    }
  },
  'values are kept as they are, and so are those handed out': class extends ReferenceQueue {
    override put(values: unknown, options: PutOptions = {}): Promise<string[]> {
      const list: readonly unknown[] = Array.isArray(values) ? values : [values];
      return super.put(values, options).then((ids) => {
        for (const [index, id] of ids.entries()) KEPT.set(`${this.name}:${id}`, list[index]);
        return ids;
      });
    }
    protected override lease(state: StoredQueue, job: StoredJob, now: number): Lease<unknown> {
      const lease = super.lease(state, job, now);
      const key = `${this.name}:${job.id}`;
      return KEPT.has(key) ? { ...lease, value: KEPT.get(key) } : lease;
    }
  },
  'durable is said of what ends with its process': class extends ReferenceQueue {
    protected override readonly file = new StateFile(`${this.name}-${process.pid}`);
    override readonly supports = { ...ALL, shared: false };
  },
  'an undeclared ability is silently ignored': class extends ReferenceQueue {
    override readonly supports = { ...ALL, priority: false };
    override put(values: unknown, { priority: _, ...options }: PutOptions = {}): Promise<string[]> {
      return super.put(values, options);
    }
  },
  'clear says a number that is not true': class extends ReferenceQueue {
    override async clear(): Promise<number> {
      await super.clear();
      return 0;
    }
  },
  'clear takes leases too': class extends ReferenceQueue {
    override async clear(): Promise<number> {
      const waiting = await this.size();
      this.remove((job) => job.state !== 'dead');
      return waiting;
    }
  },
  'close keeps the leases': class extends ReferenceQueue {
    override async close(): Promise<void> {
      this.closed = true;
    }
  },
  'close gives back the leases of others': class extends ReferenceQueue {
    override async close(): Promise<void> {
      if (this.closed) return;
      this.transact((state) => {
        for (const job of state.jobs) if (job.state === 'leased') job.state = 'ready';
      });
      this.closed = true;
    }
  },
  'a closed queue can be used': class extends ReferenceQueue {
    protected override assertOpen(): void {}
  },
  'destroy leaves the data': class extends ReferenceQueue {
    override async destroy(): Promise<void> {
      this.closed = true;
    }
  },
  'leases never end': class extends ReferenceQueue {
    protected override expire(): void {}
    protected override isHeld(job: StoredJob | undefined, lease: Lease<unknown>): job is StoredJob {
      return job?.state === 'leased' && job.token === lease.token;
    }
  },
  'leases end too soon': class extends ReferenceQueue {
    protected override lease(state: StoredQueue, job: StoredJob, now: number): Lease<unknown> {
      return super.lease(state, job, now - this.options.leaseMs / 2);
    }
  },
  'what a dead process held is lost': class extends ReferenceQueue {
    protected override expire(state: StoredQueue, job: StoredJob): void {
      state.jobs = state.jobs.filter((other) => other !== job);
    }
  },
  'dead one attempt too late': class extends ReferenceQueue {
    constructor(name: string, options: QueueFactoryOptions) {
      super(name, { ...options, maxAttempts: options.maxAttempts + 1 });
    }
  },
  'dead one attempt too soon': class extends ReferenceQueue {
    constructor(name: string, options: QueueFactoryOptions) {
      super(name, { ...options, maxAttempts: options.maxAttempts - 1 });
    }
  },
  'what failed too often vanishes': class extends ReferenceQueue {
    protected override runDueTimers(state: StoredQueue, now: number): void {
      super.runDueTimers(state, now);
      state.jobs = state.jobs.filter((job) => job.state !== 'dead');
    }
  },
  'extend says ok and extends nothing': class extends ReferenceQueue {
    override async extend(leases: Leases): Promise<Outcome[]> {
      return this.settle(leases, () => {});
    }
  },
  'every delivery has the same token': class extends ReferenceQueue {
    protected override nextToken(): string {
      return 'token';
    }
  },
  'looking counts as an attempt': class extends ReferenceQueue {
    override async getAll(options: { limit?: number; empty?: boolean } = {}): Promise<unknown[]> {
      this.transact((state) => {
        for (const job of this.waiting(state)) job.attempt += 1;
      });
      return super.getAll(options);
    }
  },
  'leased values are shown': class extends ReferenceQueue {
    protected override waiting(state: StoredQueue): StoredJob[] {
      return state.jobs.filter((job) => job.state !== 'dead').sort((a, b) => a.id - b.id);
    }
  },
  'reserve waits to fill its batch': class extends ReferenceQueue {
    override async reserve(
      max: number,
      { waitMs = 0, signal }: ReserveOptions = {},
    ): Promise<Lease<unknown>[]> {
      const giveUpAt = Date.now() + waitMs;
      while ((await this.counts()).ready < max && Date.now() < giveUpAt && !signal?.aborted) await sleep(10);
      return super.reserve(max, signal ? { signal } : {});
    }
  },
  'an aborted wait goes on and leases': class extends ReferenceQueue {
    override reserve(max: number, { waitMs = 0, signal }: ReserveOptions = {}): Promise<Lease<unknown>[]> {
      const reserving = super.reserve(max, { waitMs });
      if (!signal) return reserving;
      return Promise.race([
        reserving,
        new Promise<Lease<unknown>[]>((resolve) => {
          if (signal.aborted) resolve([]);
          signal.addEventListener('abort', () => resolve([]));
        }),
      ]);
    }
  },
  'put answers before the engine has the values': class extends ReferenceQueue {
    override async put(values: unknown, options: PutOptions = {}): Promise<string[]> {
      const list: readonly unknown[] = Array.isArray(values) ? values : [values];
      setTimeout(() => this.closed || super.put(list, options), 5);
      return list.map(() => crypto.randomUUID());
    }
  },
  'values pass through plain JSON': class extends ReferenceQueue {
    protected override encode(value: unknown): string {
      return JSON.stringify(value, (_, item) => (typeof item === 'bigint' ? String(item) : item)) ?? 'null';
    }
  },
};

/** Made by the kit's processes too: which mutant it is comes with the address of this module; none is the reference. */
export const createQueue: QueueFactory = (name, options) => {
  const mutant = new URL(import.meta.url).searchParams.get('mutant') ?? '';
  const Chosen = MUTANTS[mutant] ?? ReferenceQueue;
  return new Chosen(name, options);
};
