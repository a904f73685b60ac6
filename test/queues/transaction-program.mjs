// Puts an order and its job in one transaction of its own, and tells how far it is; then it waits to be killed. Its arguments, as
// JSON: the engine, the module of its queues, the table of orders, what names of queues begin with, and whether it commits.
import { DatabaseSync } from '@photostructure/sqlite';
import { ProcessPool } from 'mproc-worker';
import pg from 'pg';
import { invoice } from './invoice.worker.mjs';

const { engine, module, table, space, commits } = JSON.parse(process.argv[2]);
const { jobsQueue } = await import(module);
const queues = (name, settings) => jobsQueue(`${space}.${name}`, settings);
const pool = new ProcessPool({ processes: 0, queues });
const [client, run] = await (engine === 'sqlite' ? sqlite() : postgres());
await run('BEGIN');
await run(`INSERT INTO ${table} (item) VALUES ('tea')`);
await pool.submit(invoice, 'tea', { tx: client });
if (commits) await run('COMMIT');
console.log('done');
setInterval(() => {}, 60_000);

function sqlite() {
  const database = new DatabaseSync(process.env.QUEUES_FILE, { timeout: 5_000 });
  return [database, (sql) => database.exec(sql)];
}

async function postgres() {
  const database = new pg.Client(process.env.DATABASE_URL);
  await database.connect();
  return [database, (sql) => database.query(sql)];
}
