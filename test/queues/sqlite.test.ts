import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { DatabaseSync } from '@photostructure/sqlite';
import { afterAll, expect, test } from 'vitest';
import { adapterOf } from './adapter.js';

const folder = mkdtempSync(join(tmpdir(), 'mproc-sqlite-'));
process.env.QUEUES_FOLDER = folder;
afterAll(() => rmSync(folder, { recursive: true, force: true }));

async function open(name: string) {
  const { createQueue } = await adapterOf('sqlite');
  return createQueue(name, { leaseMs: 30_000, maxAttempts: 3 });
}

test('a queue opens while somebody else is making it', async () => {
  // Holds the new file for a moment, as another process does that makes the queue.
  const maker = `
    const { parentPort, workerData } = require('node:worker_threads');
    const { DatabaseSync } = require(workerData.sqlite);
    const database = new DatabaseSync(workerData.path);
    database.exec('BEGIN IMMEDIATE; CREATE TABLE made (at INTEGER)');
    parentPort.postMessage('holds it');
    setTimeout(() => {
      database.exec('COMMIT');
      database.close();
    }, 100);`;
  const sqlite = createRequire(import.meta.url).resolve('@photostructure/sqlite');
  const thread = new Worker(maker, { eval: true, workerData: { sqlite, path: join(folder, 'made.sqlite') } });
  await once(thread, 'message');
  const queue = await open('made');
  await queue.put('good');
  expect(await queue.pop()).toBe('good');
  await queue.destroy();
  await thread.terminate();
});

test('the database refuses rows that nobody could work on', async () => {
  const queue = await open('refusing');
  await queue.put('good');
  const database = new DatabaseSync(join(folder, 'refusing.sqlite'), { timeout: 240_000 });
  const columns = 'INSERT INTO jobs (value, priority, visible_at, attempt, token, deadline) VALUES';
  const mistyped = [
    "(x'ff00', 0, 0, 0, NULL, NULL)",
    "('1', 'high', 0, 0, NULL, NULL)",
    "('1', 0, 'soon', 0, NULL, NULL)",
  ];
  for (const row of mistyped) expect(() => database.exec(`${columns} ${row}`)).toThrow(/cannot store/);
  const unworkable = [
    "('1', 0, 0, 9e15, NULL, NULL)",
    "('1', 0, 0, -1, NULL, NULL)",
    "('1', 0, 0, 0, 'held for ever', NULL)",
  ];
  for (const row of unworkable) expect(() => database.exec(`${columns} ${row}`)).toThrow(/constraint/);
  database.close();
  expect(await queue.pop()).toBe('good');
  await queue.destroy();
});

test('a file that is no database is told at once', async () => {
  writeFileSync(
    join(folder, 'broken.sqlite'),
    'no database at all, however long it is looked at'.repeat(100),
  );
  const queue = await open('broken');
  await expect((async () => queue.put('x'))()).rejects.toMatchObject({
    code: 'ERR_QUEUE_UNAVAILABLE',
    engine: 'sqlite',
    permanent: true,
  });
  await queue.close();
});
