import pg from 'pg';

export async function openByHand(connectionString, { leaseMs }) {
  const pool = new pg.Pool({ connectionString, max: 4 });
  await pool.query(`CREATE TABLE by_hand (id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, value text NOT NULL,
    due_at timestamptz, token uuid)`);
  await pool.query('CREATE INDEX ON by_hand (id) WHERE due_at IS NULL');
  return {
    put: (values) =>
      pool.query('INSERT INTO by_hand (value) SELECT unnest($1::text[]) RETURNING id', [
        values.map((value) => JSON.stringify(value)),
      ]),
    reserve: async (max) => {
      const { rows } = await pool.query(
        `UPDATE by_hand AS job SET token = gen_random_uuid(), due_at = now() + $2 * interval '1 millisecond'
        FROM (SELECT id FROM by_hand WHERE due_at IS NULL ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED) AS ready
        WHERE job.id = ready.id RETURNING job.id, job.value, job.token`,
        [max, leaseMs],
      );
      return rows.map((row) => ({ ...row, value: JSON.parse(row.value) }));
    },
    ack: (leases) =>
      pool.query(
        `DELETE FROM by_hand AS job USING unnest($1::bigint[], $2::uuid[]) AS held(id, token)
        WHERE job.id = held.id AND job.token = held.token AND job.due_at > now()`,
        [leases.map(({ id }) => id), leases.map(({ token }) => token)],
      ),
    close: () => pool.end(),
  };
}
