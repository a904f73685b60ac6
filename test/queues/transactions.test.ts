import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { DatabaseSync } from '@photostructure/sqlite';
import { ProcessPool, type Queue, type QueueFactory, sharedMemoryQueue } from 'mproc-worker';
import { describeQueue, type KitTransaction, startServer } from 'mproc-worker/testing';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { renderFolder } from '../../generator/templates/tree.js';
import { run } from '../e2e/command.js';
import { ROOT } from '../repository/files.js';
import { snippetsOf } from '../repository/snippets.js';
import { adapterOf } from './adapter.js';
import { invoice } from './invoice.worker.mjs';

const PROGRAM = fileURLToPath(new URL('./transaction-program.mjs', import.meta.url));
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
const folder = mkdtempSync(join(realpathSync(tmpdir()), 'mproc-transactions-'));
const file = join(folder, 'shop.sqlite');
const server = await startServer('postgres');
afterAll(async () => {
  await server.remove();
  rmSync(folder, { recursive: true, force: true });
});

/** A client of the user's. */
interface Client {
  readonly tx: unknown;
  run(sql: string): unknown;
  /** A number that a query gives. */
  count(sql: string): Promise<number>;
  end(): unknown;
}

const CLIENTS: Record<string, () => Promise<Client>> = {
  async sqlite() {
    const tx = new DatabaseSync(file, { timeout: 5_000 });
    const count = async (sql: string) => Number(Object.values(tx.prepare(sql).get() as object)[0]);
    return { tx, run: (sql) => tx.exec(sql), count, end: () => tx.close() };
  },
  async postgres() {
    const tx = new pg.Client(server.url);
    await tx.connect();
    const count = async (sql: string) => Number(Object.values((await tx.query(sql)).rows[0])[0]);
    return { tx, run: (sql) => tx.query(sql), count, end: () => tx.end() };
  },
};

/** The queues of a template; those of SQLite all in one file. */
async function queuesOf(engine: string): Promise<{ createQueue: QueueFactory; module: string }> {
  process.env.QUEUES_FILE = file;
  return adapterOf(engine);
}

async function begun(engine: string): Promise<KitTransaction> {
  const { tx, run, end } = await CLIENTS[engine]!();
  await run('BEGIN');
  const endBy = async (word: string) => {
    await run(word);
    await end();
  };
  return { tx, commit: () => endBy('COMMIT'), rollback: () => endBy('ROLLBACK') };
}

const { createQueue, module } = await queuesOf('sqlite');
describeQueue('SQLite with one file for all queues', createQueue, {
  module,
  export: 'jobsQueue',
  jobsPerProcess: 300,
  transaction: () => begun('sqlite'),
});

describe.each(['sqlite', 'postgres'])('transactions over %s', (engine) => {
  const isMissing = engine === 'postgres' && server.missing !== undefined;
  const open: { close(): Promise<void> }[] = [];
  const programs: ChildProcess[] = [];
  let client: Client;
  let queues: QueueFactory;
  let jobs: Queue<unknown>;
  let tests = 0;
  let space = '';
  let table = '';

  beforeEach(async (context) => {
    if (isMissing) return context.skip(server.missing);
    tests += 1;
    space = `tx-${engine}-${process.pid}-${tests}`;
    table = `orders_${tests}`;
    const { createQueue } = await queuesOf(engine);
    queues = (name, settings) => createQueue(`${space}.${name}`, settings);
    jobs = queues('jobs.invoice', { leaseMs: 30_000, maxAttempts: 3 }) as Queue<unknown>;
    await jobs.size();
    client = await CLIENTS[engine]!();
    await client.run(`CREATE TABLE ${table} (item TEXT NOT NULL)`);
  });
  afterEach(async () => {
    if (isMissing) return;
    for (const program of programs.splice(0)) program.kill('SIGKILL');
    for (const one of open.splice(0)) await one.close();
    await jobs.destroy();
    await client.end();
  });

  function pool(options: object = {}): ProcessPool {
    const made = new ProcessPool({ processes: 0, queues, ...options });
    open.push(made);
    return made;
  }

  /** Orders, and jobs that are ready. */
  async function there(): Promise<[orders: number, jobs: number]> {
    return [await client.count(`SELECT count(*) FROM ${table}`), (await jobs.counts()).ready];
  }

  const insert = () => client.run(`INSERT INTO ${table} VALUES ('tea')`);

  test('a job that is submitted in a transaction is there with its order, or neither is', async () => {
    const { tx } = client;
    await client.run('BEGIN');
    await insert();
    const jobId = await pool().submit(invoice, 'tea', { tx });
    expect((await jobs.counts()).ready).toBe(0);
    await client.run('ROLLBACK');
    expect(await there()).toEqual([0, 0]);
    await client.run('BEGIN');
    await insert();
    const kept = await pool().submit(invoice, 'tea', { tx });
    await client.run('COMMIT');
    expect(await there()).toEqual([1, 1]);
    expect(kept).not.toBe(jobId);
    expect(await jobs.at(0)).toMatchObject({ id: kept, worker: 'invoice', args: 'tea' });
  });

  test.each([false, true])('the program is killed; it had committed: %s', async (commits) => {
    const words = JSON.stringify({ engine, module: (await queuesOf(engine)).module, table, space, commits });
    const program = spawn(process.execPath, [PROGRAM, words], { stdio: ['ignore', 'pipe', 'inherit'] });
    programs.push(program);
    const [said] = await once(program.stdout, 'data');
    expect(String(said)).toBe('done\n');
    program.kill('SIGKILL');
    await once(program, 'exit');
    // The server may take a moment to see that the client is gone.
    await expect.poll(there).toEqual(commits ? [1, 1] : [0, 0]);
  });

  test('the jobs run once they are committed, on a pool of the same program too', async () => {
    const stop = new AbortController();
    const serving = pool({ processes: 1 });
    const bodies: unknown[] = [];
    serving.on('response', ({ body }) => {
      if (bodies.push(body) === 2) stop.abort();
    });
    const working = serving.work([invoice], { signal: stop.signal });
    for (const order of ['tea', 'coffee']) {
      await client.run('BEGIN');
      await insert();
      await serving.submit(invoice, order, { tx: client.tx });
      // The host goes on looking for jobs meanwhile, and is not to stand in the way of the end.
      await new Promise((resolve) => setTimeout(resolve, 300));
      await client.run('COMMIT');
    }
    await working;
    expect(bodies).toEqual(['tea', 'coffee']);
    expect(await there()).toEqual([2, 0]);
  });

  test('a client that is in no transaction is refused in one line, and nothing is put', async () => {
    for (const tx of [client.tx, {}, 'BEGIN', null])
      await expect(pool().submit(invoice, 'tea', { tx })).rejects.toMatchObject({
        code: 'ERR_OPTION',
        message: expect.stringMatching(/^option tx must be .*$/),
      });
    expect(await there()).toEqual([0, 0]);
  });

  test('values that cannot be sent are refused, and the transaction goes on', async () => {
    await client.run('BEGIN');
    await insert();
    await expect(jobs.put({ call: () => {} }, { tx: client.tx })).rejects.toMatchObject({
      code: 'ERR_VALUE',
    });
    await jobs.put('tea', { tx: client.tx, priority: 3 });
    await client.run('COMMIT');
    expect(await there()).toEqual([1, 1]);
  });

  test('an option that submit does not know is refused', async () => {
    await expect(pool().submit(invoice, 'tea', { transaction: client.tx } as object)).rejects.toMatchObject({
      code: 'ERR_OPTION',
    });
  });
});

test('a connection to another file than that of the queues is refused', async () => {
  const { createQueue } = await queuesOf('sqlite');
  const queue = createQueue('elsewhere', { leaseMs: 30_000, maxAttempts: 3 });
  for (const path of [':memory:', join(folder, 'other.sqlite')]) {
    const database = new DatabaseSync(path);
    database.exec('BEGIN');
    await expect(queue.put('x', { tx: database })).rejects.toMatchObject({
      code: 'ERR_OPTION',
      message: expect.stringContaining(file),
    });
    database.close();
  }
  expect(await queue.size()).toBe(0);
  await queue.destroy();
});

test('a file for all queues is left as it was when they are destroyed, and names that differ in a capital are two', async () => {
  const { createQueue } = await queuesOf('sqlite');
  const names = ['jobs.Tea', 'jobs.tea'];
  const queues = names.map((name) => createQueue(name, { leaseMs: 30_000, maxAttempts: 3 }));
  for (const queue of queues) await queue.put(queue.name);
  for (const queue of queues) expect(await queue.getAll()).toEqual([queue.name]);
  for (const queue of queues) await queue.destroy();
  const database = new DatabaseSync(file);
  const left = database.prepare("SELECT name FROM sqlite_master WHERE name LIKE '%tea%'").all();
  database.close();
  expect(left).toEqual([]);
});

test('over an engine without transactions the job is refused before anything is put', async () => {
  const space = `tx-none-${process.pid}`;
  const factory = sharedMemoryQueue();
  const queues: QueueFactory = (name, options) => factory(`${space}.${name}`, options);
  const pool = new ProcessPool({ processes: 0, queues });
  const jobs = queues('jobs.invoice', { leaseMs: 30_000, maxAttempts: 3 });
  await expect(pool.submit(invoice, 'tea', { tx: {} })).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  await expect((async () => jobs.put('x', { tx: {} }))()).rejects.toMatchObject({ code: 'ERR_UNSUPPORTED' });
  expect(await jobs.size()).toBe(0);
  await pool.close();
  await jobs.destroy();
});

describe('the page', () => {
  const project = join(folder, 'project');
  const snippets = snippetsOf('docs/transactions.md').filter(({ file }) => file !== undefined);
  const queues = { orders: 'sqlite', sales: 'postgres' };

  beforeAll(() => {
    mkdirSync(project);
    writeFileSync(join(project, 'package.json'), '{"private":true,"type":"module"}');
    symlinkSync(join(ROOT, 'node_modules'), join(project, 'node_modules'));
    for (const [kebab, engine] of Object.entries(queues)) {
      const name = kebab[0]!.toUpperCase() + kebab.slice(1);
      for (const { path, contents } of renderFolder(`queue/${engine}`, { name, kebab, camel: kebab }))
        write(path, contents);
    }
    for (const { file, code } of snippets) write(file!, code);
  });

  function write(path: string, contents: string): void {
    mkdirSync(dirname(join(project, path)), { recursive: true });
    writeFileSync(join(project, path), contents);
  }

  test.each(snippets.filter(({ prints }) => prints !== undefined))(
    'the program at $where prints what it says',
    async ({ file, code, prints }) => {
      if (code.includes("'pg'") && server.missing !== undefined) return;
      const ran = await run(process.execPath, ['--import', TSX, file!], project, {
        DATABASE_URL: server.url,
      });
      expect(ran, ran.output).toMatchObject({ code: 0 });
      expect(ran.stdout).toBe(prints);
    },
  );
});
