import pg from 'pg';
import type { Held, OpenedByHand } from './bare-queue.js';

/** The table of the adapter, so that both keep the same of a job. */
const TABLE = `CREATE TABLE by_hand (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value text NOT NULL,
    priority integer NOT NULL DEFAULT 0, attempt integer NOT NULL DEFAULT 0 CHECK (attempt BETWEEN 0 AND 1000000000),
    due_at timestamptz, token uuid, dedupe_key text, reason text, CHECK (token IS NULL OR due_at IS NOT NULL)) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
  CREATE INDEX ON by_hand (priority DESC, id) WHERE due_at IS NULL AND reason IS NULL;
  CREATE INDEX ON by_hand (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX ON by_hand (id) WHERE reason IS NOT NULL;
  CREATE UNIQUE INDEX ON by_hand (dedupe_key) WHERE dedupe_key IS NOT NULL AND reason IS NULL`;

export async function openByHand(
  connectionString: string,
  { leaseMs }: { readonly leaseMs: number },
): Promise<OpenedByHand<Held>> {
  // The settings and the statements of the adapter, so that both have the server do the same.
  const settings = ['enable_bitmapscan', 'enable_seqscan', 'enable_hashjoin', 'enable_mergejoin'];
  const options = `${settings.map((one) => `-c ${one}=off`).join(' ')} -c plan_cache_mode=force_generic_plan`;
  const pool = new pg.Pool({ connectionString, max: 8, options });
  pool.on('error', () => {});
  await pool.query(TABLE);
  const ask = (name: string, text: string, values: unknown[]): Promise<pg.QueryResult> =>
    pool.query({ name, text, values });
  return {
    put: (values) =>
      ask(
        'put',
        `INSERT INTO by_hand (value, priority, due_at, dedupe_key)
        SELECT unnest($1::text[]), $2::int, CASE WHEN $3 > 0 THEN now() + $3 * interval '1 millisecond' END, $4
        RETURNING id`,
        [arrayOf(values.map((value) => JSON.stringify(value))), 0, 0, null],
      ),
    reserve: async (max) => {
      // A lease need not reach the disk before it is used, as in the adapter.
      const { rows } = await ask(
        'reserve',
        `WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)), ready AS (
          SELECT id FROM by_hand WHERE due_at IS NULL AND reason IS NULL
          ORDER BY priority DESC, id LIMIT $1 FOR UPDATE SKIP LOCKED
        ) UPDATE by_hand AS job SET token = gen_random_uuid(), attempt = attempt + 1,
          due_at = now() + $2 * interval '1 millisecond'
        FROM ready, quick WHERE job.id = ready.id RETURNING job.id, value, priority, attempt, token`,
        [max, leaseMs],
      );
      return rows.map((row) => ({ ...row, value: JSON.parse(row.value) }));
    },
    ack: (leases) =>
      ask(
        'ack',
        `DELETE FROM by_hand AS job USING unnest($1::bigint[], $2::uuid[]) AS held(id, token)
        WHERE job.id = held.id AND job.token = held.token AND job.due_at > now() RETURNING held.token`,
        [arrayOf(leases.map(({ id }) => id)), arrayOf(leases.map(({ token }) => token))],
      ),
    close: () => pool.end(),
  };
}

/** As the adapter writes them, where no text has more to escape than quotes and backslashes. */
function arrayOf(texts: readonly unknown[]): string {
  return `{${JSON.stringify(texts).slice(1, -1)}}`;
}
