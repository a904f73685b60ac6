// What became of jobs: answered ones are kept as long as told, listed and filtered.
import { ProcessPool } from 'mproc-worker';
import { invoice } from './invoice.ts';

await using pool = new ProcessPool({ processes: 2, keep: { ok: '1 h', failed: '7 d', most: 10_000 } });
await pool.map(invoice, [3, -1, 8]);

for (const { class: name, state, args, error } of await pool.history({ state: 'failed' }))
  console.log(name, args, state, error?.message);
const succeeded = await pool.history({ class: invoice, state: 'ok', since: Date.now() - 60_000 });
console.log(succeeded.map(({ body }) => body).sort());
console.log((await pool.history({ error: 'no such order' })).length, 'of that error');
