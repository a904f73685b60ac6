import pg from 'pg';

/** The table of the adapter, so that both keep the same of a job. */
const TABLE = `CREATE TABLE by_hand (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value text NOT NULL,
    priority integer NOT NULL DEFAULT 0, attempt integer NOT NULL DEFAULT 0, due_at timestamptz, token uuid,
    dedupe_key text, reason text) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000);
  CREATE INDEX ON by_hand (priority DESC, id) WHERE due_at IS NULL AND reason IS NULL;
  CREATE INDEX ON by_hand (due_at) WHERE due_at IS NOT NULL;
  CREATE INDEX ON by_hand (id) WHERE reason IS NOT NULL;
  CREATE UNIQUE INDEX ON by_hand (dedupe_key) WHERE dedupe_key IS NOT NULL AND reason IS NULL`;

export async function openByHand(connectionString, { leaseMs }) {
  // Without it the server sorts all that is ready to find the first few.
  const options = '-c enable_bitmapscan=off -c enable_seqscan=off';
  const pool = new pg.Pool({ connectionString, max: 4, options });
  pool.on('error', () => {});
  await pool.query(TABLE);
  return {
    put: (values) =>
      pool.query('INSERT INTO by_hand (value) SELECT unnest($1::text[]) RETURNING id', [
        values.map((value) => JSON.stringify(value)),
      ]),
    reserve: async (max) => {
      // A lease need not reach the disk before it is used, as in the adapter.
      const { rows } = await pool.query(
        `WITH quick AS (SELECT set_config('synchronous_commit', 'off', true)), ready AS (
          SELECT id FROM by_hand WHERE due_at IS NULL AND reason IS NULL
          ORDER BY priority DESC, id LIMIT $1 FOR UPDATE SKIP LOCKED
        ) UPDATE by_hand AS job SET token = gen_random_uuid(), attempt = attempt + 1,
          due_at = now() + $2 * interval '1 millisecond'
        FROM ready, quick WHERE job.id = ready.id RETURNING job.id, job.value, job.attempt, job.token`,
        [max, leaseMs],
      );
      return rows.map((row) => ({ ...row, value: JSON.parse(row.value) }));
    },
    ack: (leases) =>
      pool.query(
        `DELETE FROM by_hand AS job USING unnest($1::bigint[], $2::uuid[]) AS held(id, token)
        WHERE job.id = held.id AND job.token = held.token AND job.due_at > now() RETURNING held.token`,
        [leases.map(({ id }) => id), leases.map(({ token }) => token)],
      ),
    close: () => pool.end(),
  };
}
