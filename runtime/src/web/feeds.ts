import { randomBytes } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer, type Server, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { monotonicMs } from '../clock/monotonic-ms.js';
import { askParent } from '../inspect/debugger/ask-parent.js';
import type { PoolReport } from '../inspect/pool-report.js';
import { feedFrame } from '../pool/transport/feed-request.js';
import type { LivePiece } from '../trace/live-recorder.js';

/** A pool that has not answered is asked again after so long. */
const ASK_AGAIN_MS = 30_000;

interface Feed {
  readonly token: string;
  askedAt: number;
  status: string;
  socket?: Socket;
}

/**
 * Has pools tell what happens in them, while somebody looks: each is asked once, through one of its processes, and writes
 * to a socket from then on. A pool that cannot be asked says why.
 */
export class Feeds {
  readonly #folder = mkdtempSync(join(tmpdir(), 'mproc-web-'));
  readonly #path = join(this.#folder, 'feed');
  readonly #server: Server;
  readonly #feeds = new Map<string, Feed>();
  readonly #onPiece: (pool: string, piece: LivePiece) => void;
  readonly #asking = new Set<Promise<void>>();

  constructor(onPiece: (pool: string, piece: LivePiece) => void) {
    this.#onPiece = onPiece;
    chmodSync(this.#folder, 0o700);
    this.#server = createServer((socket) => this.#onSocket(socket));
    this.#server.listen(this.#path);
  }

  /** `live`, or why there is nothing. */
  statusOf(pool: string): string {
    return this.#feeds.get(pool)?.status ?? 'not asked yet';
  }

  /** Asks those that have not been asked, and forgets those that are gone. */
  follow(pools: readonly PoolReport[]): void {
    const ids = new Set(pools.map(({ id }) => id));
    for (const id of this.#feeds.keys()) if (!ids.has(id)) this.#forget(id);
    for (const pool of pools) {
      const feed = this.#feeds.get(pool.id);
      const isDue =
        feed === undefined || (feed.socket === undefined && monotonicMs() - feed.askedAt > ASK_AGAIN_MS);
      if (isDue && pool.processes.length > 0) this.#begin(pool);
    }
  }

  #begin(pool: PoolReport): void {
    const asking = this.#ask(pool).finally(() => this.#asking.delete(asking));
    this.#asking.add(asking);
  }

  async #ask({ id, processes }: PoolReport): Promise<void> {
    const feed: Feed = { token: randomBytes(16).toString('hex'), askedAt: monotonicMs(), status: 'asked' };
    this.#feeds.set(id, feed);
    const frame = feedFrame({ socket: this.#path, token: feed.token });
    try {
      await askParent(processes, frame);
    } catch (error) {
      feed.status = (error as Error).message;
    }
  }

  #onSocket(socket: Socket): void {
    let pool: string | undefined;
    const lines = createInterface(socket);
    socket.on('error', () => {});
    lines.on('line', (line) => {
      const said = parsed(line);
      if (pool === undefined) {
        pool = this.#admit(socket, said);
        if (pool === undefined) socket.destroy();
      } else if (isPiece(said)) this.#onPiece(pool, said);
    });
    lines.on('error', () => {});
    socket.once('close', () => {
      const feed = pool === undefined ? undefined : this.#feeds.get(pool);
      if (feed?.socket === socket) this.#feeds.delete(pool!);
    });
  }

  #admit(socket: Socket, said: unknown): string | undefined {
    const { token } = Object(said) as { token?: unknown };
    for (const [id, feed] of this.#feeds)
      if (feed.token === token && feed.socket === undefined) {
        Object.assign(feed, { socket, status: 'live' });
        return id;
      }
    return undefined;
  }

  #forget(id: string): void {
    this.#feeds.get(id)?.socket?.destroy();
    this.#feeds.delete(id);
  }

  /** Nobody looks: the pools stop telling, and nothing is open in any process. */
  async close(): Promise<void> {
    for (const id of [...this.#feeds.keys()]) this.#forget(id);
    this.#server.close();
    await Promise.allSettled(this.#asking);
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line);
  } catch {
    return undefined;
  }
}

function isPiece(said: unknown): said is LivePiece {
  const { now, spans, classes, events } = Object(said) as Partial<LivePiece>;
  return (
    typeof now === 'number' && Array.isArray(spans) && Array.isArray(events) && typeof classes === 'object'
  );
}
