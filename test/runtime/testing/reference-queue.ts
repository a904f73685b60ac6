import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  type DeadLetter,
  type DeadLetters,
  decodeRecord,
  encodeRecord,
  type Lease,
  type NackOptions,
  type Outcome,
  type PutOptions,
  type Queue,
  QueueClosedError,
  type QueueCounts,
  type QueueFactoryOptions,
  type QueueSupport,
  type ReserveOptions,
  UnsupportedError,
} from 'mproc-worker';
import { StateFile, type StoredJob, type StoredQueue } from './reference-state.js';

const POLL_MS = 10;

/**
 * The contract written down as plainly as can be, over one file. Slow, and made of small steps that the mutants of
 * the kit's own test replace by wrong ones.
 */
export class ReferenceQueue implements Queue<unknown> {
  readonly supports: QueueSupport = {
    priority: true,
    delay: true,
    dedupe: true,
    extend: true,
    peek: true,
    dead: true,
    shared: true,
    durable: true,
  };
  protected readonly file: StateFile;
  protected readonly owner = randomUUID();
  protected closed = false;

  constructor(
    readonly name: string,
    protected readonly options: QueueFactoryOptions,
  ) {
    this.file = new StateFile(name);
  }

  protected transact<R>(change: (state: StoredQueue, now: number) => R): R {
    this.assertOpen();
    return this.file.transact((state) => {
      const now = Date.now();
      this.runDueTimers(state, now);
      return change(state, now);
    });
  }

  protected assertOpen(): void {
    if (this.closed) throw new QueueClosedError(this.name);
  }

  protected runDueTimers(state: StoredQueue, now: number): void {
    for (const job of state.jobs) {
      if (job.time > now) continue;
      if (job.state === 'delayed') job.state = 'ready';
      else if (job.state === 'leased') this.expire(state, job);
    }
  }

  protected expire(state: StoredQueue, job: StoredJob): void {
    this.giveBack(state, job, {}, Date.now(), 'its last lease ended');
  }

  /** The jobs that can be reserved, the first to be served first. */
  protected inOrder(state: StoredQueue): StoredJob[] {
    const ready = state.jobs.filter((job) => job.state === 'ready');
    return ready.sort((a, b) => b.priority - a.priority || a.id - b.id);
  }

  protected waiting(state: StoredQueue): StoredJob[] {
    const waiting = state.jobs.filter((job) => job.state === 'ready' || job.state === 'delayed');
    return waiting.sort((a, b) => a.id - b.id);
  }

  protected isHeld(job: StoredJob | undefined, lease: Lease<unknown>, now: number): job is StoredJob {
    return job?.state === 'leased' && job.token === lease.token && job.time > now;
  }

  async put(values: unknown, options: PutOptions = {}): Promise<string[]> {
    for (const option of ['tx', 'limitKeys'] as const)
      if (options[option] !== undefined) throw new UnsupportedError(`queue ${this.name}`, option);
    const list: readonly unknown[] = Array.isArray(values) ? values : [values];
    const records = list.map((value) => this.encode(value));
    return this.transact((state, now) => records.map((record) => this.add(state, record, options, now)));
  }

  protected encode(value: unknown): string {
    return encodeRecord(value);
  }

  protected add(state: StoredQueue, record: string, options: PutOptions, now: number): string {
    const { priority = 0, delayMs = 0, dedupeKey: key } = options;
    const same = state.jobs.find((job) => key !== undefined && job.key === key && job.state !== 'dead');
    if (same) return String(same.id);
    state.lastId += 1;
    const time = now + delayMs;
    const kind = delayMs > 0 ? 'delayed' : 'ready';
    const rest = { attempt: 0, token: '', owner: '', reason: '' };
    state.jobs.push({ id: state.lastId, record, priority, key, state: kind, time, ...rest });
    return String(state.lastId);
  }

  async reserve(max: number, { waitMs = 0, signal, limit }: ReserveOptions = {}): Promise<Lease<unknown>[]> {
    if (limit !== undefined) throw new UnsupportedError(`queue ${this.name}`, 'limits');
    const giveUpAt = Date.now() + waitMs;
    for (;;) {
      if (signal?.aborted) return [];
      const leases = await this.claim(max);
      if (leases.length > 0 || Date.now() >= giveUpAt) return leases;
      await sleep(Math.min(POLL_MS, giveUpAt - Date.now()));
    }
  }

  protected async claim(max: number): Promise<Lease<unknown>[]> {
    return this.transact((state, now) =>
      this.inOrder(state)
        .filter((job) => this.isReadable(state, job))
        .slice(0, max)
        .map((job) => this.lease(state, job, now)),
    );
  }

  /** What cannot be read is dead. */
  protected isReadable(_state: StoredQueue, job: StoredJob): boolean {
    if (valuesOf(job).length > 0) return true;
    Object.assign(job, { state: 'dead', reason: 'it cannot be read' });
    return false;
  }

  protected lease(state: StoredQueue, job: StoredJob, now: number): Lease<unknown> {
    job.state = 'leased';
    job.attempt += 1;
    job.time = now + this.options.leaseMs;
    job.token = this.nextToken(state);
    job.owner = this.owner;
    return {
      id: String(job.id),
      token: job.token,
      value: decodeRecord(job.record),
      attempt: job.attempt,
      deadline: job.time,
    };
  }

  protected nextToken(state: StoredQueue): string {
    state.lastToken += 1;
    return String(state.lastToken);
  }

  async pop(): Promise<unknown> {
    const [lease] = await this.reserve(1);
    if (lease) await this.ack([lease]);
    return lease?.value;
  }

  async ack(leases: readonly Lease<unknown>[]): Promise<Outcome[]> {
    return this.settle(leases, (state, job) => {
      state.jobs.splice(state.jobs.indexOf(job), 1);
    });
  }

  async nack(leases: readonly Lease<unknown>[], options: NackOptions = {}): Promise<Outcome[]> {
    return this.settle(leases, (state, job, now) => this.giveBack(state, job, options, now, 'given back'));
  }

  async extend(leases: readonly Lease<unknown>[], ms = this.options.leaseMs): Promise<Outcome[]> {
    return this.settle(leases, (_, job, now) => {
      job.time = now + ms;
    });
  }

  protected settle(
    leases: readonly Lease<unknown>[],
    change: (state: StoredQueue, job: StoredJob, now: number) => void,
  ): Outcome[] {
    return this.transact((state, now) =>
      leases.map((lease) => {
        const job = state.jobs.find(({ id }) => String(id) === lease.id);
        if (!this.isHeld(job, lease, now)) return 'lost';
        change(state, job, now);
        return 'ok';
      }),
    );
  }

  protected giveBack(
    _state: StoredQueue,
    job: StoredJob,
    { delayMs = 0, dead, refund }: NackOptions,
    now: number,
    reason: string,
  ): void {
    if (refund) job.attempt -= 1;
    job.reason = reason;
    job.time = now + delayMs;
    if (dead || (!refund && job.attempt >= this.options.maxAttempts)) job.state = 'dead';
    else job.state = delayMs > 0 ? 'delayed' : 'ready';
  }

  /** For mutants: the leases as whoever holds them now would name them. */
  protected withTokens(leases: readonly Lease<unknown>[]): Lease<unknown>[] {
    return this.transact((state) =>
      leases.map((lease) => ({
        ...lease,
        token: state.jobs.find(({ id }) => String(id) === lease.id)?.token ?? '',
      })),
    );
  }

  async counts(): Promise<QueueCounts> {
    return this.transact((state) => {
      const counts = { ready: 0, delayed: 0, leased: 0, dead: 0 };
      for (const job of state.jobs) counts[job.state] += 1;
      return counts;
    });
  }

  async size(): Promise<number> {
    const { ready, delayed } = await this.counts();
    return ready + delayed;
  }

  async getAll({ limit, empty = false }: { limit?: number; empty?: boolean } = {}): Promise<unknown[]> {
    return this.transact((state) => {
      const jobs = this.waiting(state).slice(0, limit);
      if (empty) state.jobs = state.jobs.filter((job) => !jobs.includes(job));
      return jobs.flatMap(valuesOf);
    });
  }

  async at(index: number): Promise<unknown> {
    return (await this.getAll())[index];
  }

  get dead(): DeadLetters<unknown> {
    const isDead = (job: StoredJob) => job.state === 'dead';
    return {
      getAll: async ({ limit } = {}) =>
        this.transact((state) => state.jobs.filter(isDead).slice(0, limit).map(letterOf)),
      requeue: async (ids) =>
        this.transact((state) => {
          const chosen = state.jobs.filter((job) => isDead(job) && (ids?.includes(String(job.id)) ?? true));
          for (const job of chosen) Object.assign(job, { state: 'ready', attempt: 0 });
          return chosen.length;
        }),
      clear: async () => this.remove(isDead),
    };
  }

  async clear(): Promise<number> {
    return this.remove((job) => job.state === 'ready' || job.state === 'delayed');
  }

  protected remove(wanted: (job: StoredJob) => boolean): number {
    return this.transact((state) => {
      const before = state.jobs.length;
      state.jobs = state.jobs.filter((job) => !wanted(job));
      return before - state.jobs.length;
    });
  }

  async close(): Promise<void> {
    if (this.closed) return;
    this.transact((state, now) => {
      for (const job of state.jobs.filter(({ state: at, owner }) => at === 'leased' && owner === this.owner))
        this.giveBack(state, job, { refund: true }, now, 'closed');
    });
    this.closed = true;
  }

  async destroy(): Promise<void> {
    this.closed = true;
    this.file.remove();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  async *[Symbol.asyncIterator](): AsyncGenerator<unknown, void, undefined> {
    for (;;) {
      const [lease] = await this.reserve(1);
      if (lease === undefined) return;
      await this.ack([lease]);
      yield lease.value;
    }
  }
}

function letterOf(job: StoredJob): DeadLetter<unknown> {
  return { id: String(job.id), value: valuesOf(job)[0], attempt: job.attempt, reason: job.reason };
}

/** The value of a job; none when it cannot be read. */
function valuesOf({ record }: StoredJob): unknown[] {
  try {
    return [decodeRecord(record)];
  } catch {
    return [];
  }
}
