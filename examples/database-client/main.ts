// A database client per process: `setup` opens it once, `teardown` closes it. (From Node.js 22.13 on, `node:sqlite` has this client.)
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from '@photostructure/sqlite';
import { ProcessPool } from 'mproc-worker';
import { FindCustomer } from './customer.worker.ts';

const folder = mkdtempSync(join(tmpdir(), 'customers-'));
const file = join(folder, 'customers.db');
const database = new DatabaseSync(file);
database.exec('PRAGMA journal_mode = WAL; PRAGMA busy_timeout = 10000; CREATE TABLE visits (pid INTEGER)');
database.exec(
  "CREATE TABLE customers (id INTEGER PRIMARY KEY, name TEXT); INSERT INTO customers VALUES (1, 'Ada'), (2, 'Bo')",
);

const pool = new ProcessPool({ processes: 2, env: { ...process.env, CUSTOMERS: file } });
const ids = Array.from({ length: 100 }, (_, n) => (n % 3) + 1);
const responses = await pool.map(new FindCustomer(), ids);
await pool.close();

for (const { body } of responses.slice(0, 3)) console.log(body);
const pids = new Set(responses.map(({ attempts }) => attempts[0]?.pid));
const visits = database.prepare('SELECT pid FROM visits').all();
console.log('one client in each process:', pids.size <= visits.length && visits.length <= 2);
database.close();
rmSync(folder, { recursive: true });
