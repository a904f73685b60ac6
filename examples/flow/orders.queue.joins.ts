import type { Awaitable, HeldRow, JoinedRow, JoinStatements, KeptRow } from 'mproc-worker';
import type { DatabaseFile } from './orders.queue.database.ts';
import { KEPT_SCHEMA, ONE_OF } from './orders.queue.history.ts';

/** What waits for others, and what it waits for: `ok` is null until that has come. Made when something is held. */
const HELD_SCHEMA = `${KEPT_SCHEMA}
  CREATE TABLE IF NOT EXISTS "jobs_held" (id TEXT PRIMARY KEY, value TEXT NOT NULL, goes_on INTEGER NOT NULL, free_at INTEGER) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_held_free" ON "jobs_held" (free_at) WHERE free_at IS NOT NULL;
  CREATE TABLE IF NOT EXISTS "jobs_edges" (
    held TEXT, place INTEGER, before TEXT NOT NULL, ok INTEGER, value TEXT, PRIMARY KEY (held, place)
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_edges_open" ON "jobs_edges" (before) WHERE ok IS NULL;`;
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
const RELEASE = ['DELETE FROM "jobs_held" WHERE id = ?', 'DELETE FROM "jobs_edges" WHERE held = ?'];
const AWAITED = `SELECT DISTINCT before AS id FROM "jobs_edges" WHERE ok IS NULL AND before NOT IN (SELECT id FROM "jobs_held")
  ORDER BY random() LIMIT ?`;
const HOLDS = `SELECT id FROM "jobs_held" WHERE ${ONE_OF('id', 1)}`;

type Identified = { readonly id: string };

/** Jobs that wait for others to be done. */
export class JoinTables implements JoinStatements {
  readonly #file: DatabaseFile;

  constructor(file: DatabaseFile) {
    this.#file = file;
  }

  hold(rows: readonly HeldRow[]): Awaitable<unknown> {
    return this.#file.write((prepare) => {
      for (const { id, record, after, goesOn } of rows) {
        const isNew = prepare(HOLD).run(id, record, goesOn ? 1 : 0, after.length === 0 ? Date.now() : null).changes === 1;
        if (isNew) after.forEach((before, place) => prepare(EDGE).run(id, place, before));
      }
    }, { schema: HELD_SCHEMA });
  }

  fill(ids: readonly string[] | null): Awaitable<boolean> {
    return this.#file.write((prepare) => {
      const edges = prepare(FILL).all(ids && JSON.stringify(ids)) as Identified[];
      const filled = new Set(edges.map(({ id }) => id));
      for (const id of filled) prepare(FREE).run(Date.now(), id);
      return filled.size > 0;
    }, { schema: HELD_SCHEMA });
  }

  joined(max: number, forMs: number): Awaitable<JoinedRow[]> {
    return this.#file.write((prepare) => {
      const rows = prepare(JOINED).all(Date.now(), Date.now() + forMs, max) as { id: string; record: string }[];
      return rows.map((row) => ({ ...row, before: prepare(BEFORE).all(row.id) as unknown as KeptRow[] }));
    }, { schema: HELD_SCHEMA });
  }

  release(ids: readonly string[]): Awaitable<unknown> {
    return this.#file.write((prepare) => {
      for (const sql of RELEASE) for (const id of ids) prepare(sql).run(id);
    }, { schema: HELD_SCHEMA });
  }

  awaited(limit: number): Awaitable<string[]> {
    return this.#ids(AWAITED, limit);
  }

  holds(ids: readonly string[]): Awaitable<string[]> {
    return this.#ids(HOLDS, JSON.stringify(ids));
  }

  #ids(sql: string, given: string | number): Awaitable<string[]> {
    return this.#file.step(() => (this.#file.prepare(sql).all(given) as Identified[]).map(({ id }) => id), HELD_SCHEMA);
  }
}
