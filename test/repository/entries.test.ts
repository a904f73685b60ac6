import { execFileSync } from 'node:child_process';
import { readFileSync, statSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';

const CHECKOUT = fileURLToPath(new URL('../..', import.meta.url));
const DIST = join(CHECKOUT, 'runtime/dist');

/** A program that does as it is told, and prints which files of the package it has loaded, and which modules of Node.js. */
const PROGRAM = `
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { join, relative } from 'node:path';
const loaded = new Set();
const { readFileSync } = fs;
fs.readFileSync = (file, ...rest) => {
  const name = relative(${JSON.stringify(DIST)}, String(file));
  if (/^[^.].*js$/.test(name)) loaded.add(name);
  return readFileSync(file, ...rest);
};
syncBuiltinESMExports();
const { NullQueue, ProcessPool, SharedMemoryQueue } = await import('mproc-worker');
const { Double } = await import(${JSON.stringify(join(CHECKOUT, 'test/repository/double.worker.mjs'))});
const deeds = {
  map: async () => {
    const pool = new ProcessPool(1);
    const [{ body }] = await pool.map(new Double(), [1]);
    if (body !== 2) throw new Error('wrong');
    await pool.close();
  },
  queue: async () => {
    const queue = new NullQueue();
    await queue.close();
  },
  remote: async () => {
    const queues = (name) => SharedMemoryQueue.open('entries-' + process.pid + '.' + name);
    const pool = new ProcessPool({ processes: 1, queues });
    await pool.map(new Double(), [1]);
    await pool.destroy();
    for (const name of ['jobs.Double', 'control']) await queues(name).destroy();
  },
};
await deeds[process.argv[1]]();
console.log(JSON.stringify([...loaded]));
`;

function loadedBy(deed: string): string[] {
  const args = ['--input-type=module', '--eval', PROGRAM, deed];
  return JSON.parse(execFileSync(process.execPath, args, { cwd: CHECKOUT, encoding: 'utf8' })) as string[];
}

/** Above the core and the library. */
const LAYERS = [
  'loans',
  'queues',
  'remote',
  'steering',
  'schedules',
  'history',
  'seldom',
  'inside',
  'debugger',
];

const lengthOf = (files: readonly string[]) =>
  files.reduce((sum, file) => sum + statSync(join(DIST, file)).size, 0);

test('a program that maps an array loads the core and the library, and no queue', () => {
  const loaded = loadedBy('map');
  expect(loaded).toContain('core.cjs');
  expect(loaded).toContain('library.cjs');
  expect(loaded).not.toContain('queues.cjs');
  expect(loaded).not.toContain('remote.cjs');
  expect(loaded).not.toContain('inside.cjs');
  expect(loaded).not.toContain('debugger.cjs');
  expect(loaded).not.toContain('steering.cjs');
  expect(loaded).not.toContain('history.cjs');
  expect(loaded).not.toContain('loans.cjs');
  expect(lengthOf(['core.cjs', 'library.cjs', 'start.cjs', 'index.cjs'])).toBeLessThan(300_000);
});

test('queues are loaded when one is used, and calls over queues when a pool has some', () => {
  const withQueue = loadedBy('queue');
  expect(withQueue).toContain('queues.cjs');
  expect(withQueue).not.toContain('remote.cjs');
  expect(loadedBy('remote')).toEqual(expect.arrayContaining(['queues.cjs', 'remote.cjs']));
});

test('each layer has what those above it take', () => {
  const require = createRequire(import.meta.url);
  const { core, library } = require(join(DIST, 'start.cjs')) as { core: object; library: () => object };
  const above = LAYERS.map((name) => require(join(DIST, `${name}.cjs`)) as object);
  const had = new Set([core, library(), ...above].flatMap(Object.keys));
  for (const name of ['library', ...LAYERS, 'in-child']) {
    const text = readFileSync(join(DIST, `${name}.cjs`), 'utf8');
    const taken = [...text.matchAll(/\.\s*(\$[0-9a-z]{1,2}\$[0-9a-z]{1,2})\b/g)].map(
      ([, member = '']) => member,
    );
    expect(taken.length, name).toBeGreaterThan(0);
    expect(taken.filter((member) => !had.has(member))).toEqual([]);
  }
});
