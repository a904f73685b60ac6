import type { Awaitable, Claim, EngineLimit, Held, LimitStatements, PermitChange, Row } from 'mproc-worker';
import type { DatabaseFile } from './orders.queue.database.ts';

/** Of what is ready, a claim looks at the first so many, and then at the first of each limit key that has room. */
const LOOKED_AT = 100;
const WAITING = 'token IS NULL AND reason IS NULL';
/**
 * Starts that still count against a rate, each with its row until it is told that it began; and what waits and what is out by its
 * limit key. Made with the first limit.
 */
const SCHEMA = `
  CREATE INDEX IF NOT EXISTS "jobs_lines" ON "jobs" (limit_key, priority DESC, id) WHERE ${WAITING};
  CREATE INDEX IF NOT EXISTS "jobs_out" ON "jobs" (limit_key, permit) WHERE token IS NOT NULL;
  CREATE TABLE IF NOT EXISTS "jobs_starts" (limit_key TEXT NOT NULL, job INTEGER, until INTEGER NOT NULL) STRICT;
  CREATE INDEX IF NOT EXISTS "jobs_starts_of" ON "jobs_starts" (limit_key, until);`;
const READY = `SELECT id, priority, limit_key AS key FROM "jobs" WHERE ${WAITING} AND visible_at <= ?`;
const FIRST = `${READY} ORDER BY priority DESC, id LIMIT ${LOOKED_AT}`;
const FIRST_OF_KEY = `${READY} AND limit_key IS ? ORDER BY priority DESC, id LIMIT ?`;
const CLAIM = `UPDATE "jobs" SET token = ?, deadline = ?, attempt = attempt + 1, permit = 0 WHERE id = ?
  RETURNING id, value AS record, attempt, limit_key AS limitKey`;
const out = (key: string) => `${key} AS key, (SELECT count(*) FROM "jobs" WHERE token IS NOT NULL AND limit_key = ${key} AND permit IN (0, ?2)) AS held,
  (SELECT count(*) FROM "jobs_starts" WHERE limit_key = ${key} AND until > ?3) AS begun`;
const OUT = `SELECT ${out('?1')}`;
/** Each limit key after the first parameter that something waits of: found by one step of the index, however much that is. */
const LINES = `WITH RECURSIVE lines(line) AS (SELECT ?1 UNION ALL SELECT
    (SELECT limit_key FROM "jobs" WHERE ${WAITING} AND limit_key > lines.line ORDER BY limit_key LIMIT 1) FROM lines WHERE line IS NOT NULL)
  SELECT ${out('line')} FROM lines WHERE line > ?1`;
const START = 'INSERT INTO "jobs_starts" (limit_key, job, until) VALUES (?, ?, ?)';
const FORGET_OLD = 'DELETE FROM "jobs_starts" WHERE until <= ?';
const BEGAN = 'UPDATE "jobs_starts" SET until = ?, job = NULL WHERE job = ?';
const SET_PERMIT = 'UPDATE "jobs" SET permit = ? WHERE id = ? AND token = ? AND deadline > ?';
/** Of a job that somebody else holds by now the start stays. */
const UNBEGUN = 'DELETE FROM "jobs_starts" WHERE job = ?1 AND EXISTS (SELECT 1 FROM "jobs" WHERE id = ?1 AND token = ?2)';
/** The permit of a row that wants it again. */
const WANTED = 2;

/** How many of a limit key are out, and how many of its starts count. */
interface Out {
  readonly key: string;
  readonly held: number;
  readonly begun: number;
}

const roomIn = ({ held, begun }: Out, { atOnce, most, perMs }: EngineLimit): number => Math.min(atOnce - held, perMs > 0 ? most - begun : Infinity);

interface Ready {
  readonly id: number;
  readonly priority: number;
  readonly key: string | null;
}

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
    }, SCHEMA);
  }

  permit({ id, token, limitKey }: Held, change: PermitChange, limit: EngineLimit): Awaitable<boolean> {
    return this.#file.write((prepare) => {
      const set = (permit: number) => prepare(SET_PERMIT).run(permit, id, token, Date.now()).changes === 1;
      if (change === 'began') return prepare(BEGAN).run(Date.now() + limit.perMs, id).changes > 0;
      if (change === 'give') return set(1);
      if (this.#roomOf(limitKey, limit, 0) <= 0) return set(WANTED) && false;
      this.#start(limitKey, id, limit);
      return set(0);
    }, { schema: SCHEMA });
  }

  unbegun(leases: readonly Held[]): Awaitable<unknown> {
    return this.#file.write((prepare) => {
      for (const { id, token } of leases) prepare(UNBEGUN).run(id, token);
    }, { schema: SCHEMA });
  }

  /** The first that are ready, but for those whose key has as many out as it may. */
  #within(limit: EngineLimit, max: number): number[] {
    const room = new Map<string, number>();
    const ids: number[] = [];
    let seen = 0;
    for (const { id, key } of this.#file.prepare(FIRST).iterate(Date.now()) as Iterable<Ready>) {
      const left = key === null ? 1 : (room.get(key) ?? this.#roomOf(key, limit, WANTED));
      if (key !== null) room.set(key, left - 1);
      if (left > 0 && ids.push(id) === max) return ids;
      seen += 1;
    }
    return seen < LOOKED_AT ? ids : this.#withinEach(limit, max);
  }

  /** The same, however many wait of a key that is full. */
  #withinEach(limit: EngineLimit, max: number): number[] {
    const first = (key: string | null, room: number) =>
      room > 0 ? (this.#file.prepare(FIRST_OF_KEY).all(Date.now(), key, Math.min(room, max)) as unknown as Ready[]) : [];
    const lines = this.#file.prepare(LINES).all('', WANTED, Date.now()) as unknown as Out[];
    const ready = [...first(null, max), ...lines.flatMap((line) => first(line.key, roomIn(line, limit)))];
    const inTurn = ready.sort((a, b) => b.priority - a.priority || a.id - b.id);
    return inTurn.slice(0, max).map(({ id }) => id);
  }

  /** How many more of a key may be out, beside those with a permit, and those that are in that state. */
  #roomOf(key: string | null, limit: EngineLimit, state: number): number {
    return roomIn(this.#file.prepare(OUT).get(key, state, Date.now()) as unknown as Out, limit);
  }

  #start(key: string | null, id: string | number, { perMs, untoldMs }: EngineLimit): void {
    if (key === null || perMs === 0) return;
    this.#file.prepare(FORGET_OLD).run(Date.now());
    this.#file.prepare(START).run(key, id, Date.now() + untoldMs);
  }
}
