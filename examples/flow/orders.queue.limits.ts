import type { Awaitable, Claim, EngineLimit, Held, LimitStatements, PermitChange, Row } from 'mproc-worker';
import type { DatabaseFile } from './orders.queue.database.ts';

/** Starts that still count against a rate, each with its row until it is told that it began. Made with the first limit. */
const STARTS_SCHEMA = `
  CREATE TABLE IF NOT EXISTS "jobs_starts" (limit_key TEXT NOT NULL, job INTEGER, until INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_starts_of" ON "jobs_starts" (limit_key, until);`;
const READY = `SELECT id, limit_key AS key FROM "jobs" WHERE token IS NULL AND reason IS NULL AND visible_at <= ? ORDER BY priority DESC, id`;
const CLAIM = `UPDATE "jobs" SET token = ?, deadline = ?, attempt = attempt + 1, permit = 0 WHERE id = ?
  RETURNING id, value AS record, attempt, limit_key AS limitKey`;
const OUT = `SELECT (SELECT count(*) FROM "jobs" WHERE token IS NOT NULL AND limit_key = ?1 AND permit IN (0, ?2)) AS held,
  (SELECT count(*) FROM "jobs_starts" WHERE limit_key = ?1 AND until > ?3) AS begun`;
const START = 'INSERT INTO "jobs_starts" (limit_key, job, until) VALUES (?, ?, ?)';
const FORGET_OLD = 'DELETE FROM "jobs_starts" WHERE until <= ?';
const BEGAN = 'UPDATE "jobs_starts" SET until = ?, job = NULL WHERE job = ?';
const SET_PERMIT = 'UPDATE "jobs" SET permit = ? WHERE id = ? AND token = ? AND deadline > ?';
/** Of a job that somebody else holds by now the start stays. */
const UNBEGUN = 'DELETE FROM "jobs_starts" WHERE job = ?1 AND EXISTS (SELECT 1 FROM "jobs" WHERE id = ?1 AND token = ?2)';
/** The permit of a row that wants it again. */
const WANTED = 2;

/** How many jobs of a limit key may run at once, and how often one may begin. */
export class LimitTable implements LimitStatements {
  readonly #file: DatabaseFile;

  constructor(file: DatabaseFile) {
    this.#file = file;
  }

  claim(max: number, { token, leaseMs }: Claim, limit: EngineLimit): Awaitable<Row[]> {
    return this.#file.step(() => {
      // A look costs no lock; many processes may wait side by side.
      if (this.#within(limit, max).length === 0) return [];
      return this.#file.transaction(() => {
        // With what others gave back while the lock was theirs.
        const now = Date.now();
        const claim = (id: number) => this.#file.prepare(CLAIM).all(token, now + leaseMs, id) as (Row & { limitKey: string | null })[];
        const rows = this.#within(limit, max).flatMap(claim);
        for (const { id, limitKey } of rows) this.#start(limitKey, id, limit);
        return rows;
      });
    }, STARTS_SCHEMA);
  }

  permit({ id, token, limitKey }: Held, change: PermitChange, limit: EngineLimit): Awaitable<boolean> {
    return this.#file.write((prepare) => {
      const set = (permit: number) => prepare(SET_PERMIT).run(permit, id, token, Date.now()).changes === 1;
      if (change === 'began') return prepare(BEGAN).run(Date.now() + limit.perMs, id).changes > 0;
      if (change === 'give') return set(1);
      if (this.#roomOf(limitKey, limit, 0) <= 0) return set(WANTED) && false;
      this.#start(limitKey, id, limit);
      return set(0);
    }, { schema: STARTS_SCHEMA });
  }

  unbegun(leases: readonly Held[]): Awaitable<unknown> {
    return this.#file.write((prepare) => {
      for (const { id, token } of leases) prepare(UNBEGUN).run(id, token);
    }, { schema: STARTS_SCHEMA });
  }

  /** The first that are ready, but for those whose key has as many out as it may. */
  #within(limit: EngineLimit, max: number): number[] {
    const room = new Map<string, number>();
    const ids: number[] = [];
    for (const { id, key } of this.#file.prepare(READY).iterate(Date.now()) as Iterable<{ id: number; key: string | null }>) {
      const left = key === null ? 1 : (room.get(key) ?? this.#roomOf(key, limit, WANTED));
      if (key !== null) room.set(key, left - 1);
      if (left > 0 && ids.push(id) === max) break;
    }
    return ids;
  }

  /** How many more of a key may be out, beside those with a permit, and those that are in that state. */
  #roomOf(key: string | null, { atOnce, most, perMs }: EngineLimit, state: number): number {
    const { held, begun } = this.#file.prepare(OUT).get(key, state, Date.now()) as { held: number; begun: number };
    return Math.min(atOnce - held, perMs > 0 ? most - begun : Infinity);
  }

  #start(key: string | null, id: string | number, { perMs, untoldMs }: EngineLimit): void {
    if (key === null || perMs === 0) return;
    this.#file.prepare(FORGET_OLD).run(Date.now());
    this.#file.prepare(START).run(key, id, Date.now() + untoldMs);
  }
}
