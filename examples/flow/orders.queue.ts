import { mkdirSync, realpathSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DatabaseSync, type DatabaseSyncInstance, type StatementSyncInstance } from '@photostructure/sqlite';
import { EngineQueue, OptionError, type QueueFactory } from 'mproc-worker';
import type { Awaitable, Claim, Engine, EngineCounts, EngineLimit, EnginePut, Held, HeldRow, JoinedRow, Keeping, KeptFilter, KeptRow, PermitChange, QueueSupport, Range, Row, RowState, Settlement } from 'mproc-worker';

const BUSY_TIMEOUT_MS = 10_000;
const LOOK_AGAIN_MS = 20;
/** Who has the file may be this process itself, in a transaction of its own, which ends only if this does not block it. */
const TRIES = 300;
const OF_STATE = { waiting: 'token IS NULL AND reason IS NULL', dead: 'reason IS NOT NULL' };

// A row is waiting (ready, or delayed while `visible_at` is to come), leased (it has a token), or dead (it has a reason).
// A leased row with a limit key has a permit (0), has given it back (1), or wants it again (2); `starts` are those that still
// count against a rate, each with its row until it is told that it began.
// STRICT and CHECK refuse rows that nobody could work on, whoever writes them. In a file of all queues each has its own name
// in place of "jobs".
const SCHEMA = `
  CREATE TABLE IF NOT EXISTS "jobs" (
    id INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT NOT NULL, priority INTEGER NOT NULL, visible_at INTEGER NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 0 CHECK (attempt BETWEEN 0 AND 1000000000), dedupe_key TEXT,
    token TEXT, deadline INTEGER, reason TEXT, limit_key TEXT, permit INTEGER NOT NULL DEFAULT 0, CHECK ((token IS NULL) = (deadline IS NULL))
  ) STRICT;
  CREATE TABLE IF NOT EXISTS "jobs_starts" (limit_key TEXT NOT NULL, job INTEGER, until INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_starts_of" ON "jobs_starts" (limit_key, until);
  CREATE INDEX IF NOT EXISTS "jobs_waiting" ON "jobs" (priority DESC, id) WHERE ${OF_STATE.waiting};
  CREATE INDEX IF NOT EXISTS "jobs_leased" ON "jobs" (deadline) WHERE token IS NOT NULL;
  CREATE UNIQUE INDEX IF NOT EXISTS "jobs_keys" ON "jobs" (dedupe_key) WHERE dedupe_key IS NOT NULL AND reason IS NULL;`;
/** What is done has a table of its own, made when something is kept. */
const KEPT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS "jobs_kept" (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, ok INTEGER NOT NULL, at INTEGER NOT NULL, ends_at INTEGER NOT NULL, error TEXT,
    value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_kept_at" ON "jobs_kept" (at, id);
  CREATE INDEX IF NOT EXISTS "jobs_kept_ends" ON "jobs_kept" (ends_at);`;
/** What waits for others, and what it waits for: `ok` is null until that has come. */
const HELD_SCHEMA = `${KEPT_SCHEMA}
  CREATE TABLE IF NOT EXISTS "jobs_held" (id TEXT PRIMARY KEY, value TEXT NOT NULL, goes_on INTEGER NOT NULL, free_at INTEGER) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_held_free" ON "jobs_held" (free_at) WHERE free_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS "jobs_edges" (
    held TEXT, place INTEGER, before TEXT NOT NULL, ok INTEGER, value TEXT, PRIMARY KEY (held, place)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_edges_open" ON "jobs_edges" (before) WHERE ok IS NULL;`;
/** What was put survives every process; with `synchronous = FULL`, which is slower, a power cut takes not even the last value. */
const LOG = 'PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 16777216; PRAGMA synchronous = NORMAL;';
/** A file that an earlier version of this adapter has made. */
const COLUMNS_SINCE = ['limit_key TEXT', 'permit INTEGER NOT NULL DEFAULT 0'];
const COLUMNS = 'id, value AS record, attempt, priority, reason, limit_key AS limitKey';
const IS_OVER = 'SELECT EXISTS (SELECT 1 FROM "jobs" WHERE token IS NOT NULL AND deadline <= ?) AS id';
const IS_DUE = `SELECT EXISTS (SELECT 1 FROM "jobs" WHERE ${OF_STATE.waiting} AND visible_at <= ?) AS id`;
const READY = `SELECT id, limit_key AS key FROM "jobs" WHERE ${OF_STATE.waiting} AND visible_at <= ? ORDER BY priority DESC, id`;
const TAKE = 'UPDATE "jobs" SET token = ?, deadline = ?, attempt = attempt + 1, permit = 0';
const CLAIM = `${TAKE} WHERE id IN (SELECT id FROM (${READY} LIMIT ?)) RETURNING ${COLUMNS}`;
const CLAIM_ONE = `${TAKE} WHERE id = ? RETURNING ${COLUMNS}`;
const OUT = `SELECT (SELECT count(*) FROM "jobs" WHERE token IS NOT NULL AND limit_key = ?1 AND permit IN (0, ?2)) AS held,
  (SELECT count(*) FROM "jobs_starts" WHERE limit_key = ?1 AND until > ?3) AS begun`;
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
const KEEP_DONE = 'INSERT OR REPLACE INTO "jobs_kept" (id, kind, ok, at, ends_at, error, value) VALUES (?, ?, ?, ?, ?, ?, ?)';
const ONE_OF = (column: string, at: number) => `(?${at} IS NULL OR ${column} IN (SELECT value FROM json_each(?${at})))`;
const KEPT = `SELECT id, kind, ok, at, error, value AS record FROM "jobs_kept" WHERE ends_at > ?1 AND at >= ?2 AND at < ?3
  AND ${ONE_OF('id', 4)} AND ${ONE_OF('kind', 5)} AND (?6 IS NULL OR ok = ?6) AND (?7 IS NULL OR instr(lower(error), lower(?7)) > 0)
  ORDER BY at DESC, id DESC LIMIT ?8`;
const HOLD = 'INSERT OR IGNORE INTO "jobs_held" (id, value, goes_on, free_at) VALUES (?, ?, ?, ?)';
const EDGE = 'INSERT INTO "jobs_edges" (held, place, before) VALUES (?, ?, ?)';
const FILL = `UPDATE "jobs_edges" AS edge SET ok = done.ok, value = done.value FROM "jobs_kept" AS done
  WHERE done.id = edge.before AND edge.ok IS NULL AND ${ONE_OF('edge.before', 1)} RETURNING held AS id`;
const FREE = `UPDATE "jobs_held" SET free_at = ?1 WHERE id = ?2 AND free_at IS NULL AND (
  NOT EXISTS (SELECT 1 FROM "jobs_edges" WHERE held = ?2 AND ok IS NULL)
  OR (goes_on = 0 AND EXISTS (SELECT 1 FROM "jobs_edges" WHERE held = ?2 AND ok = 0)))`;
const JOINED = `UPDATE "jobs_held" SET free_at = ?2 WHERE id IN (SELECT id FROM "jobs_held" WHERE free_at <= ?1 ORDER BY free_at LIMIT ?3)
  RETURNING id, value AS record`;
const BEFORE = 'SELECT before AS id, ok, value AS record FROM "jobs_edges" WHERE held = ? AND ok IS NOT NULL ORDER BY place';
const AWAITED = `SELECT DISTINCT before AS id FROM "jobs_edges" WHERE ok IS NULL AND before NOT IN (SELECT id FROM "jobs_held")
  ORDER BY random() LIMIT ?`;
const PRUNE = 'DELETE FROM "jobs_kept" WHERE ends_at <= ?';
const PRUNE_OLDEST = `DELETE FROM "jobs_kept" WHERE (at, id) <= (SELECT at, id FROM "jobs_kept" ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?)`;

/** Where the files of queues are: QUEUES_FOLDER, else `.queues` where the program was started. */
export const queuesFolder = (): string => process.env['QUEUES_FOLDER'] ?? '.queues';

/** One file for all queues, such as your own database: then a job can be put in a transaction of yours (`put` with `tx`). */
export const queuesFile = (): string | undefined => process.env['QUEUES_FILE'];

/** What a connection of the user's has, be it `node:sqlite`, `@photostructure/sqlite` or `better-sqlite3`. */
type Database = Pick<DatabaseSyncInstance, 'exec' | 'prepare'> & { readonly isTransaction?: boolean; readonly inTransaction?: boolean };

/** Jobs in a SQLite file: every process of the machine shares them, and they outlive all of them and a restart. */
export class OrdersEngine implements Engine {
  readonly kind = 'sqlite';
  readonly address: string;
  readonly supports: QueueSupport;
  readonly pollMs = [LOOK_AGAIN_MS, LOOK_AGAIN_MS] as const;
  readonly #table: string;
  /** Does the file have other things, too? */
  readonly #isShared: boolean;
  #database!: DatabaseSyncInstance;
  #isMade = false;
  readonly #made = new Set<string>();
  readonly #statements = new Map<string, StatementSyncInstance>();

  constructor(name: string, folder = queuesFolder(), file = queuesFile()) {
    this.address = file ?? join(folder, `${name}.sqlite`);
    this.#isShared = file !== undefined;
    // SQLite does not tell capital letters from small ones.
    this.#table = this.#isShared ? `mproc_${name.replace(/[A-Z]/g, '^$&')}` : 'jobs';
    const always = { priority: true, delay: true, dedupe: true, extend: true, peek: true, dead: true, shared: true, durable: true };
    this.supports = { ...always, withdraw: true, history: true, joins: true, limits: true, tx: this.#isShared };
  }

  async open(): Promise<void> {
    mkdirSync(dirname(this.address), { recursive: true });
    if (!this.#isShared) writeFileSync(join(dirname(this.address), '.gitignore'), '*\n');
    this.#database = new DatabaseSync(this.address, { timeout: this.#isShared ? 0 : BUSY_TIMEOUT_MS });
    // While another process makes the file, or repairs it, SQLite refuses to give it a log, and does not wait.
    if (!this.#isShared) await this.#patiently(() => this.#make());
  }

  put(records: readonly string[], { priority, delayMs, dedupeKey, limitKeys, tx }: EnginePut): Awaitable<number[]> {
    const insertInto = (database: Database) => {
      const [twin] = this.#prepare('SELECT id FROM "jobs" WHERE dedupe_key = ? AND reason IS NULL', database).all(dedupeKey);
      if (twin) return [(twin as Row & { id: number }).id];
      const columns = 'value, priority, visible_at, dedupe_key, limit_key';
      const insert = this.#prepare(`INSERT INTO "jobs" (${columns}) VALUES (?, ?, ?, ?, ?)`, database);
      const key = (at: number) => limitKeys?.[at] ?? null;
      return records.map((record, at) => Number(insert.run(record, priority, Date.now() + delayMs, dedupeKey, key(at)).lastInsertRowid));
    };
    if (tx === undefined) return this.#step(() => this.#write(() => insertInto(this.#database)));
    const users = tx as Database;
    this.#mustHaveBegun(users);
    this.#migrate(users);
    return insertInto(users);
  }

  claim(max: number, { token, leaseMs, limit }: Claim): Awaitable<Row[]> {
    return this.#step(() => {
      // A look costs no lock; many processes may wait side by side.
      if (this.#rows(IS_DUE, Date.now())[0]?.id === 0) return [];
      const now = Date.now();
      if (limit === undefined) return this.#rows(CLAIM, token, now + leaseMs, now, max).sort(inOrder);
      if (this.#within(limit, max, now).length === 0) return [];
      return this.#write((now = Date.now()) => { // with what others gave back while the lock was theirs
        const rows = this.#within(limit, max, now).flatMap((id) => this.#rows(CLAIM_ONE, token, now + leaseMs, id));
        for (const { id, limitKey } of rows) this.#start(limitKey, id, limit);
        return rows;
      });
    });
  }

  /** The first that are ready, but for those whose key has as many out as it may. */
  #within(limit: EngineLimit, max: number, now: number): number[] {
    const room = new Map<string, number>();
    const ids: number[] = [];
    for (const { id, key } of this.#prepare(READY).iterate(now) as Iterable<{ id: number; key: string | null }>) {
      const left = key === null ? 1 : (room.get(key) ?? this.#roomOf(key, limit, 2));
      if (key !== null) room.set(key, left - 1);
      if (left > 0 && ids.push(id) === max) break;
    }
    return ids;
  }

  /** How many more of a key may be out, beside those with a permit, and those that are in that state. */
  #roomOf(key: string | null, { atOnce, most, perMs }: EngineLimit, state: number): number {
    const { held, begun } = this.#prepare(OUT).get(key, state, Date.now()) as { held: number; begun: number };
    return Math.min(atOnce - held, perMs > 0 ? most - begun : Infinity);
  }

  #start(key: string | null | undefined, id: string | number, { perMs, untoldMs }: EngineLimit): void {
    if (key == null || perMs === 0) return;
    this.#prepare('DELETE FROM "jobs_starts" WHERE until <= ?').run(Date.now());
    this.#prepare('INSERT INTO "jobs_starts" (limit_key, job, until) VALUES (?, ?, ?)').run(key, id, Date.now() + untoldMs);
  }

  permit({ id, token, limitKey }: Held, change: PermitChange, limit: EngineLimit): Awaitable<boolean> {
    const set = (permit: number) => this.#prepare(`UPDATE "jobs" SET permit = ? ${HELD}`).run(permit, id, token, Date.now()).changes === 1;
    const steps = {
      began: () => this.#prepare('UPDATE "jobs_starts" SET until = ?, job = NULL WHERE job = ?').run(Date.now() + limit.perMs, id).changes > 0,
      give: () => set(1),
      take: () => {
        if (this.#roomOf(limitKey, limit, 0) <= 0) return set(2) && false;
        this.#start(limitKey, id, limit);
        return set(0);
      },
    };
    return this.#step(() => this.#write(steps[change]));
  }

  settle(leases: readonly Held[], { to, forMs, reason, limitKey, isUnbegun }: Settlement): Awaitable<boolean[]> {
    return this.#step(() => {
      const statement = this.#prepare(SETTLE[to]);
      return this.#write(() => {
        // Not before the lock is ours, for which others may keep us waiting.
        const now = Date.now();
        const change = (attempt: number) => (to === 'done' ? [] : [attempt, now + forMs, reason, limitKey]);
        if (isUnbegun) for (const held of leases) if (held.limitKey) this.#prepare('DELETE FROM "jobs_starts" WHERE job = ?').run(held.id);
        return leases.map(({ id, token, attempt }) => statement.run(...change(attempt), id, token, now).changes === 1);
      });
    });
  }

  expire(maxAttempts: number): Awaitable<unknown> {
    return this.#step(() => this.#rows(IS_OVER, Date.now())[0]?.id === 1 && this.#prepare(EXPIRE).run(maxAttempts, Date.now()));
  }

  counts(): Awaitable<EngineCounts> {
    return this.#step(() => this.#prepare(COUNT).get(Date.now()) as EngineCounts);
  }

  peek(state: RowState, { offset, limit, take }: Range): Awaitable<Row[]> {
    const from = `FROM "jobs" WHERE ${OF_STATE[state]} ORDER BY id LIMIT ? OFFSET ?`;
    const sql = take ? `DELETE FROM "jobs" WHERE id IN (SELECT id ${from}) RETURNING ${COLUMNS}` : `SELECT ${COLUMNS} ${from}`;
    return this.#step(() => this.#rows(sql, limit, offset).sort((a, b) => a.id - b.id));
  }

  requeue(ids?: readonly string[]): Awaitable<number> {
    return this.#step(() => this.#prepare(REVIVE).run(ids ? JSON.stringify(ids) : null).changes);
  }

  clear(state: RowState, ids?: readonly string[]): Awaitable<number> {
    const sql = `DELETE FROM "jobs" WHERE ${ids ? NAMED : OF_STATE[state]}`;
    return this.#step(() => this.#prepare(sql).run(...(ids ? [JSON.stringify(ids)] : [])).changes);
  }

  keep(rows: readonly Keeping[]): Awaitable<unknown> {
    return this.#kept(() =>
      this.#write(() => {
        const insert = this.#prepare(KEEP_DONE);
        const keep = ({ id, kind, ok, at, forMs, error, record }: Keeping) => insert.run(id, kind, ok ? 1 : 0, at, Date.now() + forMs, error, record);
        for (const row of rows) keep(row);
      }),
    );
  }

  kept({ ids, kinds, ok, since, until, error, limit }: KeptFilter): Awaitable<KeptRow[]> {
    const list = (values: readonly string[] | null) => values && JSON.stringify(values);
    const given = [Date.now(), since, until, list(ids), list(kinds), ok === null ? null : Number(ok), error, limit];
    return this.#kept(() => this.#prepare(KEPT).all(...given) as unknown as KeptRow[]);
  }

  prune(most: number): Awaitable<unknown> {
    return this.#kept(() => {
      this.#prepare(PRUNE).run(Date.now());
      if (most < Number.MAX_SAFE_INTEGER) this.#prepare(PRUNE_OLDEST).run(most);
    });
  }

  hold(rows: readonly HeldRow[]): Awaitable<unknown> {
    return this.#held(() => {
      for (const { id, record, after, goesOn } of rows) {
        const isNew = this.#prepare(HOLD).run(id, record, goesOn ? 1 : 0, after.length === 0 ? Date.now() : null).changes === 1;
        if (isNew) after.forEach((before, place) => this.#prepare(EDGE).run(id, place, before));
      }
    });
  }

  fill(ids: readonly string[] | null): Awaitable<boolean> {
    return this.#held(() => {
      const filled = new Set(this.#rows(FILL, ids && JSON.stringify(ids)).map(({ id }) => id));
      for (const id of filled) this.#prepare(FREE).run(Date.now(), id);
      return filled.size > 0;
    });
  }

  joined(max: number, forMs: number): Awaitable<JoinedRow[]> {
    return this.#held(() => {
      const rows = this.#prepare(JOINED).all(Date.now(), Date.now() + forMs, max) as { id: string; record: string }[];
      return rows.map((row) => ({ ...row, before: this.#prepare(BEFORE).all(row.id) as unknown as KeptRow[] }));
    });
  }

  release(ids: readonly string[]): Awaitable<unknown> {
    const statements = ['DELETE FROM "jobs_held" WHERE id = ?', 'DELETE FROM "jobs_edges" WHERE held = ?'];
    return this.#held(() => {
      for (const sql of statements) for (const id of ids) this.#prepare(sql).run(id);
    });
  }

  awaited(limit: number): Awaitable<string[]> {
    return this.#held(() => this.#rows(AWAITED, limit).map(({ id }) => String(id)));
  }

  holds(ids: readonly string[]): Awaitable<string[]> {
    const sql = `SELECT id FROM "jobs_held" WHERE ${ONE_OF('id', 1)}`;
    return this.#held(() => this.#rows(sql, JSON.stringify(ids)).map(({ id }) => String(id)));
  }

  #kept<R>(action: () => R): Awaitable<R> {
    return this.#with(KEPT_SCHEMA, action);
  }

  #held<R>(action: () => R): Awaitable<R> {
    return this.#with(HELD_SCHEMA, () => this.#write(action));
  }

  #with<R>(schema: string, action: () => R): Awaitable<R> {
    return this.#step(() => {
      if (!this.#made.has(schema)) this.#write(() => this.#database.exec(this.#sql(schema)));
      this.#made.add(schema);
      return action();
    });
  }

  /** Whoever still has the queue open learns that it is gone, instead of writing into a file nobody sees. */
  async drop(): Promise<void> {
    await this.#step(() => this.#database.exec(this.#sql(['', '_kept', '_starts', '_edges', '_held'].map((part) => `DROP TABLE IF EXISTS "jobs${part}";`).join(' '))));
    this.close();
    if (!this.#isShared) for (const suffix of ['', '-wal', '-shm']) rmSync(this.address + suffix, { force: true });
  }

  close(): void {
    this.#statements.clear();
    this.#isMade = false;
    this.#made.clear();
    this.#database.close();
  }

  problem({ message }: Error) {
    if (message.includes('no such table')) return 'destroyed';
    if (message.includes('database is locked')) return 'unreachable';
    return /readonly|unable to open|not a database/.test(message) ? 'refused' : undefined;
  }

  /** In a file of all queues it is made with its first call: until then it may be the user's transaction that has the file. */
  #make(): void {
    if (this.#isMade) return;
    this.#database.exec(LOG);
    this.#write(() => this.#migrate(this.#database));
    this.#isMade = true;
  }

  #migrate(database: Database): void {
    database.exec(this.#sql(SCHEMA));
    const has = database.prepare(this.#sql('PRAGMA table_info("jobs")')).all() as { readonly name: string }[];
    for (const column of COLUMNS_SINCE)
      if (!has.some(({ name }) => column.startsWith(`${name} `))) database.exec(this.#sql(`ALTER TABLE "jobs" ADD COLUMN ${column}`));
  }

  /** Waits for who has a file that is not this queue's alone: that may be this process, which must not stand still for it. */
  #step<R>(action: () => R): Awaitable<R> {
    if (!this.#isShared) return action();
    return this.#patiently(() => {
      this.#make();
      return action();
    });
  }

  async #patiently<R>(action: () => R): Promise<R> {
    for (let tries = 1; ; tries += 1)
      try {
        return action();
      } catch (error) {
        if (this.problem(error as Error) !== 'unreachable' || tries > TRIES) throw error;
        await sleep(LOOK_AGAIN_MS);
      }
  }

  /** Elsewhere, or outside of a transaction, the values would be there whatever becomes of the rest. */
  #mustHaveBegun(database: Database): void {
    const begin = "option tx must be a connection whose transaction has begun: database.exec('BEGIN IMMEDIATE') before";
    if (typeof database?.prepare !== 'function' || !(database.isTransaction ?? database.inTransaction)) throw new OptionError(begin);
    const files = database.prepare('PRAGMA database_list').all() as { readonly name: string; readonly file: string }[];
    const file = files.find(({ name }) => name === 'main')?.file || 'in memory';
    if (file === 'in memory' || realpathSync(file) !== realpathSync(this.address))
      throw new OptionError(`option tx must be a connection to the file of the queues, ${this.address}; its file is ${file}`);
  }

  /** IMMEDIATE: a transaction that begins by reading would fail when another process wrote in between. */
  #write<R>(action: () => R): R {
    this.#database.exec('BEGIN IMMEDIATE');
    try {
      const result = action();
      this.#database.exec('COMMIT');
      return result;
    } catch (error) {
      this.#database.exec('ROLLBACK');
      throw error;
    }
  }

  #prepare(sql: string, database: Database = this.#database): StatementSyncInstance {
    if (database !== this.#database) return database.prepare(this.#sql(sql));
    if (!this.#statements.has(sql)) this.#statements.set(sql, this.#database.prepare(this.#sql(sql)));
    return this.#statements.get(sql)!;
  }

  #sql(text: string): string {
    return text.replaceAll('"jobs', `"${this.#table}`);
  }

  #rows(sql: string, ...parameters: (string | number | null)[]) {
    return this.#prepare(sql).all(...parameters) as (Row & { readonly id: number; readonly priority: number })[];
  }
}

function inOrder(a: { id: number; priority: number }, b: { id: number; priority: number }): number {
  return b.priority - a.priority || a.id - b.id;
}

export const ordersQueue: QueueFactory = (name, options) => new EngineQueue(name, options, new OrdersEngine(name));
