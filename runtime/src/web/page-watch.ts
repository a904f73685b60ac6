import type { ServerResponse } from 'node:http';
import { clearInterval, setInterval } from '../clock/timers.js';
import { wallClockMs } from '../clock/wall-clock-ms.js';
import { type PoolsReport, PoolWatch } from '../inspect/pool-report.js';
import type { QueueReport } from '../inspect/queues/queue-report.js';
import { Feeds } from './feeds.js';
import { PoolHistory } from './pool-history.js';

const EVERY_MS = 1_000;
const QUEUES_EVERY = 3;
/** Pages that look at the same time. */
const MOST_PAGES = 16;
/** A page that does not read so much is let go; it comes back by itself. */
const MOST_UNREAD_BYTES = 8 * 1024 * 1024;
/** What is known of a pool that is gone is kept so long. */
const KEPT_MS = 60_000;

export interface WatchOptions {
  /** Programs whose pools are meant; all where it is empty. */
  readonly pids: readonly number[];
  /** Asks the programs of pools to tell what happens in them. */
  readonly asks: boolean;
  /** Sent first. */
  readonly about: object;
  readonly queueReports: () => Promise<readonly QueueReport[]>;
}

/** Looks at all pools once a second, for the pages that are open; while none is, it does nothing. */
export class PageWatch {
  readonly #options: WatchOptions;
  readonly #pages = new Set<ServerResponse>();
  readonly #histories = new Map<string, PoolHistory>();
  readonly #watch = new PoolWatch();
  #feeds: Feeds | undefined;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #queues: readonly QueueReport[] = [];
  #isAskingQueues = false;
  #report: PoolsReport = { pools: [], others: [] };

  constructor(options: WatchOptions) {
    this.#options = options;
  }

  get report(): PoolsReport {
    return this.#report;
  }

  /** Takes a page in; `false` where there are too many. */
  add(page: ServerResponse): boolean {
    if (this.#pages.size >= MOST_PAGES) return false;
    this.#pages.add(page);
    page.once('close', () => {
      this.#pages.delete(page);
      if (this.#pages.size === 0) void this.#rest();
    });
    send(page, 'about', this.#options.about);
    if (this.#pages.size === 1) this.#begin();
    else this.#sendHistory(page);
    return true;
  }

  #begin(): void {
    if (this.#options.asks) this.#feeds ??= new Feeds((pool, piece) => this.#onPiece(pool, piece));
    this.#looks = 0;
    this.look();
    for (const page of this.#pages) this.#sendHistory(page);
    this.#timer = setInterval(() => this.look(), EVERY_MS);
  }

  /** Nobody looks. */
  async #rest(): Promise<void> {
    clearInterval(this.#timer);
    const feeds = this.#feeds;
    this.#feeds = undefined;
    await feeds?.close();
  }

  look(): PoolsReport {
    this.#report = this.#meant(this.#watch.look({ withMemory: true }));
    const { pools, others } = this.#report;
    this.#feeds?.follow(pools);
    const points = Object.fromEntries(pools.map((pool) => [pool.id, this.#history(pool.id).look(pool)]));
    this.#forgetGone();
    const feeds = Object.fromEntries(pools.map(({ id }) => [id, this.#feeds?.statusOf(id) ?? 'off']));
    this.#tell('state', { at: wallClockMs(), pools, others, points, feeds });
    if (this.#looks % QUEUES_EVERY === 0 && this.#pages.size > 0) void this.lookAtQueues();
    this.#looks += 1;
    return this.#report;
  }

  #meant({ pools, others }: PoolsReport): PoolsReport {
    const { pids } = this.#options;
    const isMeant = ({ pid }: { readonly pid: number }) => pids.length === 0 || pids.includes(pid);
    return { pools: pools.filter(isMeant), others: others.filter(isMeant) };
  }

  async lookAtQueues(): Promise<readonly QueueReport[]> {
    // An engine that is away takes seconds to say so.
    if (this.#isAskingQueues) return this.#queues;
    this.#isAskingQueues = true;
    try {
      this.#queues = await this.#options.queueReports();
      this.#tell('queues', this.#queues);
    } finally {
      this.#isAskingQueues = false;
    }
    return this.#queues;
  }

  #history(id: string): PoolHistory {
    const history = this.#histories.get(id) ?? new PoolHistory();
    this.#histories.set(id, history);
    return history;
  }

  #forgetGone(): void {
    const before = wallClockMs() - KEPT_MS;
    for (const [id, { seenAt }] of this.#histories) if (seenAt < before) this.#histories.delete(id);
  }

  #onPiece(pool: string, piece: Parameters<PoolHistory['add']>[0]): void {
    this.#tell('piece', { pool, ...this.#history(pool).add(piece) });
  }

  #sendHistory(page: ServerResponse): void {
    for (const [pool, history] of this.#histories) send(page, 'history', { pool, ...history.kept });
    if (this.#queues.length > 0) send(page, 'queues', this.#queues);
  }

  #tell(event: string, data: unknown): void {
    for (const page of this.#pages) send(page, event, data);
  }

  async close(): Promise<void> {
    for (const page of this.#pages) page.destroy();
    await this.#rest();
  }
}

/** A server-sent event. */
function send(page: ServerResponse, event: string, data: unknown): void {
  if (page.writableLength > MOST_UNREAD_BYTES) page.destroy();
  else page.write(`event: ${event}\ndata: ${JSON.stringify(data)}\n\n`);
}
