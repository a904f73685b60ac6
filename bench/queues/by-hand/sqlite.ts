import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import type { Held, OpenedByHand } from './bare-queue.js';

/** The table of the adapter, so that both keep the same of a job. */
const SCHEMA = `CREATE TABLE jobs (id INTEGER PRIMARY KEY AUTOINCREMENT, value TEXT NOT NULL, priority INTEGER NOT NULL,
    visible_at INTEGER NOT NULL, attempt INTEGER NOT NULL DEFAULT 0, dedupe_key TEXT, token TEXT, deadline INTEGER,
    reason TEXT);
  CREATE INDEX jobs_waiting ON jobs (priority DESC, id) WHERE token IS NULL AND reason IS NULL;
  CREATE INDEX jobs_leased ON jobs (deadline) WHERE token IS NOT NULL;
  CREATE UNIQUE INDEX jobs_keys ON jobs (dedupe_key) WHERE dedupe_key IS NOT NULL AND reason IS NULL;`;

type Row = Held & { readonly value: string };

export function openByHand(folder: string, { leaseMs }: { readonly leaseMs: number }): OpenedByHand<Held> {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'by-hand.sqlite'), { timeout: 10_000 });
  database.exec(
    'PRAGMA journal_mode = WAL; PRAGMA journal_size_limit = 16777216; PRAGMA synchronous = NORMAL;',
  );
  database.exec(SCHEMA);
  const put = database.prepare('INSERT INTO jobs (value, priority, visible_at) VALUES (?, 0, ?)');
  const reserve =
    database.prepare(`UPDATE jobs SET token = ? || ':' || id, deadline = ?, attempt = attempt + 1
    WHERE id IN (SELECT id FROM jobs WHERE token IS NULL AND reason IS NULL AND visible_at <= ?
      ORDER BY priority DESC, id LIMIT ?)
    RETURNING id, value, token, attempt`);
  const ack = database.prepare('DELETE FROM jobs WHERE id = ? AND token = ? AND deadline > ?');
  const inOne = <T>(action: () => T): T => {
    database.exec('BEGIN IMMEDIATE');
    const done = action();
    database.exec('COMMIT');
    return done;
  };
  return {
    put: (values) =>
      inOne(() => values.map((value) => put.run(JSON.stringify(value), Date.now()).lastInsertRowid)),
    reserve: (max) => {
      const rows = inOne(() => reserve.all(randomUUID(), Date.now() + leaseMs, Date.now(), max));
      return (rows as Row[]).map((row) => ({ ...row, value: JSON.parse(row.value) }));
    },
    ack: (leases) => inOne(() => leases.map(({ id, token }) => ack.run(id, token, Date.now()).changes === 1)),
    close: () => database.close(),
  };
}
