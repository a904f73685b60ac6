import { join } from 'node:path';
import { EngineQueue, type QueueFactory } from 'mproc-worker';
import type { Awaitable, Claim, Engine, EngineCounts, EnginePut, Held, QueueSupport, Range, Row, RowState, Settlement } from 'mproc-worker';
import { DatabaseFile, isLocked } from './orders.queue.database.ts';
import { HistoryTable } from './orders.queue.history.ts';
import { JoinTables } from './orders.queue.joins.ts';
import { LimitTable } from './orders.queue.limits.ts';

const LOOK_AGAIN_MS = 20;
const OF_STATE = { waiting: 'token IS NULL AND reason IS NULL', dead: 'reason IS NOT NULL' };

// A row is waiting (ready, or delayed while `visible_at` is to come), leased (it has a token), or dead (it has a reason).
// A leased row with a limit key has a permit (0), has given it back (1), or wants it again (2).
// STRICT and CHECK refuse rows that nobody could work on, whoever writes them. In a file of all queues each has its own name
// in place of "jobs".
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS "jobs" (
    id INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT NOT NULL, priority INTEGER NOT NULL, visible_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt BETWEEN 0 AND 1000000000), dedupe_key TEXT,
    token TEXT, deadline INTEGER, reason TEXT, limit_key TEXT, permit INTEGER NOT NULL DEFAULT 0, CHECK ((token IS NULL) = (deadline IS NULL))
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_waiting" ON "jobs" (priority DESC, id) WHERE ${OF_STATE.waiting};
  CREATE INDEX IF NOT EXISTS "jobs_leased" ON "jobs" (deadline) WHERE token IS NOT NULL;
  CREATE UNIQUE INDEX IF NOT EXISTS "jobs_keys" ON "jobs" (dedupe_key) WHERE dedupe_key IS NOT NULL AND reason IS NULL;`;
/** A file that an earlier version of this adapter has made. */
const COLUMNS_SINCE = ['limit_key TEXT', 'permit INTEGER NOT NULL DEFAULT 0'];
const COLUMNS = 'id, value AS record, attempt, priority, reason, limit_key AS limitKey';
const TWIN = 'SELECT id FROM "jobs" WHERE dedupe_key = ? AND reason IS NULL';
const INSERT = 'INSERT INTO "jobs" (value, priority, visible_at, dedupe_key, limit_key) VALUES (?, ?, ?, ?, ?)';
const IS_OVER = 'SELECT EXISTS (SELECT 1 FROM "jobs" WHERE token IS NOT NULL AND deadline <= ?) AS id';
const IS_DUE = `SELECT EXISTS (SELECT 1 FROM "jobs" WHERE ${OF_STATE.waiting} AND visible_at <= ?) AS id`;
const CLAIM = `UPDATE "jobs" SET token = ?, deadline = ?, attempt = attempt + 1, permit = 0 WHERE id IN (
  SELECT id FROM "jobs" WHERE ${OF_STATE.waiting} AND visible_at <= ? ORDER BY priority DESC, id LIMIT ?) RETURNING ${COLUMNS}`;
/** A lease is its holder's while the token is the same and the deadline is to come. */
const HELD = 'WHERE id = ? AND token = ? AND deadline > ?';
const GIVE_BACK = `UPDATE "jobs" SET token = NULL, deadline = NULL, attempt = ?, visible_at = ?, reason = ?, limit_key = coalesce(?, limit_key) ${HELD}`;
const KEEP = `UPDATE "jobs" SET attempt = ?, deadline = ?, reason = ?, limit_key = coalesce(?, limit_key) ${HELD}`;
const SETTLE = { done: `DELETE FROM "jobs" ${HELD}`, leased: KEEP, waiting: GIVE_BACK, dead: GIVE_BACK };
const EXPIRE = `UPDATE "jobs" SET token = NULL, deadline = NULL,
  reason = CASE WHEN attempt >= ? THEN 'its lease ended ' || attempt || ' times' END WHERE token IS NOT NULL AND deadline <= ?`;
const NAMED = 'id IN (SELECT CAST(value AS INTEGER) FROM json_each(?1))';
const REVIVE = `UPDATE "jobs" SET reason = NULL, attempt = 0, visible_at = 0, dedupe_key = NULL WHERE reason IS NOT NULL AND (?1 IS NULL OR ${NAMED})`;
const COUNT = `SELECT count(*) FILTER (WHERE ${OF_STATE.waiting} AND visible_at <= ?1) AS ready, count(token) AS leased,
  count(*) FILTER (WHERE ${OF_STATE.waiting} AND visible_at > ?1) AS delayed, count(reason) AS dead FROM "jobs"`;

/** Where the files of queues are: QUEUES_FOLDER, else `.queues` where the program was started. */
export const queuesFolder = (): string => process.env['QUEUES_FOLDER'] ?? '.queues';

/** One file for all queues, such as your own database: then a job can be put in a transaction of yours (`put` with `tx`). */
export const queuesFile = (): string | undefined => process.env['QUEUES_FILE'];

/** Jobs in a SQLite file: every process of the machine shares them, and they outlive all of them and a restart. */
export class OrdersEngine implements Engine {
  readonly kind = 'sqlite';
  readonly address: string;
  readonly supports: QueueSupport;
  readonly claimAtOnce = 256;
  readonly pollMs = [LOOK_AGAIN_MS, LOOK_AGAIN_MS] as const;
  readonly history: HistoryTable;
  readonly joins: JoinTables;
  readonly limits: LimitTable;
  readonly #file: DatabaseFile;

  constructor(name: string, folder = queuesFolder(), file = queuesFile()) {
    this.address = file ?? join(folder, `${name}.sqlite`);
    // SQLite does not tell capital letters from small ones.
    const table = file === undefined ? 'jobs' : `mproc_${name.replace(/[A-Z]/g, '^$&')}`;
    this.#file = new DatabaseFile(this.address, table, { isShared: file !== undefined, schema: SCHEMA, columnsSince: COLUMNS_SINCE });
    this.history = new HistoryTable(this.#file);
    this.joins = new JoinTables(this.#file);
    this.limits = new LimitTable(this.#file);
    const always = { priority: true, delay: true, dedupe: true, dedupeKeys: true, extend: true, peek: true, dead: true, shared: true, durable: true };
    this.supports = { ...always, withdraw: true, history: true, joins: true, limits: true, tx: file !== undefined };
  }

  open(): Promise<void> {
    return this.#file.open();
  }

  put(records: readonly string[], { priority, delayMs, dedupeKeys, limitKeys, tx }: EnginePut): Awaitable<number[]> {
    return this.#file.write((prepare) => {
      const insert = prepare(INSERT);
      return records.map((record, at) => {
        const key = dedupeKeys?.[at] ?? null;
        const twin = key === null ? undefined : (prepare(TWIN).get(key) as { id: number } | undefined);
        return twin?.id ?? Number(insert.run(record, priority, Date.now() + delayMs, key, limitKeys?.[at] ?? null).lastInsertRowid);
      });
    }, { tx });
  }

  claim(max: number, { token, leaseMs }: Claim): Awaitable<Row[]> {
    return this.#file.step(() => {
      // A look costs no lock; many processes may wait side by side.
      if (this.#rows(IS_DUE, Date.now())[0]?.id === 0) return [];
      const now = Date.now();
      return this.#rows(CLAIM, token, now + leaseMs, now, max).sort((a, b) => b.priority - a.priority || a.id - b.id);
    });
  }

  settle(leases: readonly Held[], { to, forMs, reason, limitKey }: Settlement): Awaitable<boolean[]> {
    return this.#file.write((prepare) => {
      const statement = prepare(SETTLE[to]);
      // Not before the lock is ours, for which others may keep us waiting.
      const now = Date.now();
      const change = (attempt: number) => (to === 'done' ? [] : [attempt, now + forMs, reason, limitKey]);
      return leases.map(({ id, token, attempt }) => statement.run(...change(attempt), id, token, now).changes === 1);
    });
  }

  expire(maxAttempts: number): Awaitable<unknown> {
    return this.#file.step(() => this.#rows(IS_OVER, Date.now())[0]?.id === 1 && this.#file.prepare(EXPIRE).run(maxAttempts, Date.now()));
  }

  counts(): Awaitable<EngineCounts> {
    return this.#file.step(() => this.#file.prepare(COUNT).get(Date.now()) as EngineCounts);
  }

  peek(state: RowState, { offset, limit, take }: Range): Awaitable<Row[]> {
    const from = `FROM "jobs" WHERE ${OF_STATE[state]} ORDER BY id LIMIT ? OFFSET ?`;
    const sql = take ? `DELETE FROM "jobs" WHERE id IN (SELECT id ${from}) RETURNING ${COLUMNS}` : `SELECT ${COLUMNS} ${from}`;
    return this.#file.step(() => this.#rows(sql, limit, offset).sort((a, b) => a.id - b.id));
  }

  requeue(ids?: readonly string[]): Awaitable<number> {
    return this.#file.step(() => this.#file.prepare(REVIVE).run(ids ? JSON.stringify(ids) : null).changes);
  }

  clear(state: RowState, ids?: readonly string[]): Awaitable<number> {
    const sql = `DELETE FROM "jobs" WHERE ${ids ? NAMED : OF_STATE[state]}`;
    return this.#file.step(() => this.#file.prepare(sql).run(...(ids ? [JSON.stringify(ids)] : [])).changes);
  }

  /** Whoever still has the queue open learns that it is gone, instead of writing into a file nobody sees. */
  drop(): Promise<void> {
    return this.#file.drop(['', '_kept', '_starts', '_edges', '_held']);
  }

  close(): void {
    this.#file.close();
  }

  problem(error: Error) {
    if (error.message.includes('no such table')) return 'destroyed';
    if (isLocked(error)) return 'unreachable';
    return /readonly|unable to open|not a database/.test(error.message) ? 'refused' : undefined;
  }

  #rows(sql: string, ...parameters: (string | number)[]) {
    return this.#file.prepare(sql).all(...parameters) as (Row & { readonly id: number; readonly priority: number })[];
  }
}

export const ordersQueue: QueueFactory = (name, options) => new EngineQueue(name, options, new OrdersEngine(name));
