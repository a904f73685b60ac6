import {
  type Claim,
  type Engine,
  type EngineEvents,
  type EnginePut,
  EngineQueue,
  type Held,
  type QueueCounts,
  type QueueFactory,
  type QueueSupport,
  type Range,
  type Row,
  type RowState,
  type Settlement,
} from 'mproc-worker';

interface Job extends Row<string> {
  readonly id: string;
  readonly priority: number;
  readonly dedupeKey: string | null;
  readonly state: RowState | 'leased';
  /** When it is ready, or when its lease ends. */
  readonly until: number;
  readonly token?: string;
}

/** An engine over an array that can do all that one process can; its statements may be put in the way of. */
export class ArrayEngine implements Engine<string> {
  readonly kind = 'array';
  readonly address: string = 'this process';
  readonly supports: QueueSupport = {
    priority: true,
    delay: true,
    dedupe: true,
    extend: true,
    peek: true,
    dead: true,
    shared: false,
    durable: false,
  };
  readonly callTimeoutMs: number = 300;
  jobs: Job[] = [];
  events: EngineEvents | undefined;
  opened = 0;
  closed = 0;
  #lastId = 0;

  async open(events: EngineEvents): Promise<void> {
    this.events = events;
    this.opened += 1;
  }

  async close(): Promise<void> {
    this.closed += 1;
  }

  put(records: readonly string[], { priority, delayMs, dedupeKey }: EnginePut): string[] | Promise<string[]> {
    const until = Date.now() + delayMs;
    return records.map((record) => {
      const twin = this.jobs.find((job) => dedupeKey && job.dedupeKey === dedupeKey && job.state !== 'dead');
      if (twin) return twin.id;
      this.#lastId += 1;
      const id = String(this.#lastId);
      this.jobs.push({ id, record, attempt: 0, priority, dedupeKey, state: 'waiting', until });
      return id;
    });
  }

  claim(max: number, { token, leaseMs }: Claim): Job[] | Promise<Job[]> {
    const until = Date.now() + leaseMs;
    const ready = this.peek('waiting').filter((job) => job.until <= Date.now());
    ready.sort((a, b) => b.priority - a.priority || Number(a.id) - Number(b.id));
    return ready.slice(0, max).map((job) => {
      const taken = {
        state: 'leased',
        token,
        until,
        attempt: job.attempt + 1,
        receipt: `receipt of ${job.id}`,
      };
      return Object.assign(job, taken);
    });
  }

  settle(leases: readonly Held<string>[], { to, forMs, reason }: Settlement): boolean[] | Promise<boolean[]> {
    return leases.map(({ id, token, attempt }) => {
      const job = this.jobs.find((one) => one.id === id && one.token === token && one.state === 'leased');
      if (!job || job.until <= Date.now()) return false;
      if (to === 'done') this.jobs = this.jobs.filter((one) => one !== job);
      else if (to === 'leased') Object.assign(job, { until: Date.now() + forMs });
      else Object.assign(job, { state: to, attempt, reason, until: Date.now() + forMs });
      return true;
    });
  }

  expire(): void {
    for (const job of this.jobs)
      if (job.state === 'leased' && job.until <= Date.now()) Object.assign(job, { state: 'waiting' });
  }

  counts(): QueueCounts | Promise<QueueCounts> {
    const waiting = this.peek('waiting');
    const ready = waiting.filter(({ until }) => until <= Date.now()).length;
    const dead = this.peek('dead').length;
    const leased = this.jobs.length - waiting.length - dead;
    return { ready, delayed: waiting.length - ready, leased, dead };
  }

  peek(state: RowState, { offset, limit, take }: Range = { offset: 0, limit: Infinity, take: false }): Job[] {
    const found = this.jobs.filter((job) => job.state === state).slice(offset, offset + limit);
    if (take) this.jobs = this.jobs.filter((job) => !found.includes(job));
    return found;
  }

  requeue(ids?: readonly string[]): number {
    const chosen = this.peek('dead').filter(({ id }) => !ids || ids.includes(id));
    for (const job of chosen) Object.assign(job, { state: 'waiting', attempt: 0, until: 0 });
    return chosen.length;
  }

  clear(state: RowState): number {
    return this.peek(state, { offset: 0, limit: Infinity, take: true }).length;
  }

  async drop(): Promise<void> {
    this.jobs = [];
  }
}

export const arrayQueue: QueueFactory = (name, options) => new EngineQueue(name, options, new ArrayEngine());
