import type { Awaitable, HistoryStatements, Keeping, KeptFilter, KeptRow } from 'mproc-worker';
import type { DatabaseFile } from './orders.queue.database.ts';

/** What is done has a table of its own, made when something is kept. */
export const KEPT_SCHEMA = `
  CREATE TABLE IF NOT EXISTS "jobs_kept" (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, ok INTEGER NOT NULL, at INTEGER NOT NULL, ends_at INTEGER NOT NULL, error TEXT,
    value TEXT NOT NULL
  ) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_kept_at" ON "jobs_kept" (at, id);
  CREATE INDEX IF NOT EXISTS "jobs_kept_ends" ON "jobs_kept" (ends_at);`;
const KEEP = 'INSERT OR REPLACE INTO "jobs_kept" (id, kind, ok, at, ends_at, error, value) VALUES (?, ?, ?, ?, ?, ?, ?)';
/** Those of the column that a parameter names, as JSON; with null, all. */
export const ONE_OF = (column: string, at: number) => `(?${at} IS NULL OR ${column} IN (SELECT value FROM json_each(?${at})))`;
const KEPT = `SELECT id, kind, ok, at, error, value AS record FROM "jobs_kept" WHERE ends_at > ?1 AND at >= ?2 AND at < ?3
  AND ${ONE_OF('id', 4)} AND ${ONE_OF('kind', 5)} AND (?6 IS NULL OR ok = ?6) AND (?7 IS NULL OR instr(lower(error), lower(?7)) > 0)
  ORDER BY at DESC, id DESC LIMIT ?8`;
const PRUNE = 'DELETE FROM "jobs_kept" WHERE ends_at <= ?';
const PRUNE_OLDEST = `DELETE FROM "jobs_kept" WHERE (at, id) <= (SELECT at, id FROM "jobs_kept" ORDER BY at DESC, id DESC LIMIT 1 OFFSET ?)`;

/** Answered jobs, for a time. */
export class HistoryTable implements HistoryStatements {
  readonly #file: DatabaseFile;

  constructor(file: DatabaseFile) {
    this.#file = file;
  }

  keep(rows: readonly Keeping[]): Awaitable<unknown> {
    return this.#file.write((prepare) => {
      const insert = prepare(KEEP);
      for (const { id, kind, ok, at, forMs, error, record } of rows) insert.run(id, kind, ok ? 1 : 0, at, Date.now() + forMs, error, record);
    }, { schema: KEPT_SCHEMA });
  }

  kept({ ids, kinds, ok, since, until, error, limit }: KeptFilter): Awaitable<KeptRow[]> {
    const list = (values: readonly string[] | null) => values && JSON.stringify(values);
    const given = [Date.now(), since, until, list(ids), list(kinds), ok === null ? null : Number(ok), error, limit];
    return this.#file.step(() => this.#file.prepare(KEPT).all(...given) as unknown as KeptRow[], KEPT_SCHEMA);
  }

  prune(most: number): Awaitable<unknown> {
    return this.#file.step(() => {
      this.#file.prepare(PRUNE).run(Date.now());
      if (most < Number.MAX_SAFE_INTEGER) this.#file.prepare(PRUNE_OLDEST).run(most);
    }, KEPT_SCHEMA);
  }
}
