import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, expect, test } from 'vitest';

const folder = mkdtempSync(join(tmpdir(), 'mproc-program-'));
const nodeModules = fileURLToPath(new URL('../../../node_modules', import.meta.url));
symlinkSync(nodeModules, join(folder, 'node_modules'), 'dir');
afterAll(() => rmSync(folder, { recursive: true }));

const SUMS = `
import { appendFileSync } from 'node:fs';
import { ProcessPool, Worker } from 'mproc-worker';
appendFileSync(new URL('./loaded', import.meta.url), 'x');
export class Sums extends Worker {
  static module = import.meta.url;
  process(numbers) { return numbers.reduce((sum, n) => sum + n, 0); }
}
async function report(run) {
  const pool = new ProcessPool(1);
  await run(pool).then(({ body }) => console.log(body), ({ code, message }) => console.log(code, message));
  await pool.close();
}
const later = () => new Promise((resolve) => setTimeout(resolve, 1));
`;
const SUMS_OF_COMMONJS = SUMS.replace(/import (\{.*\}) from ('.*')/g, 'const $1 = require($2)')
  .replace("new URL('./loaded', import.meta.url)", "require('node:path').join(__dirname, 'loaded')")
  .replace('import.meta.url', '__filename')
  .replace('export class', 'const Sums = exports.Sums = class');

/** @returns what the program prints, and how often the module of the class was loaded, by it and by processes of pools */
async function run(files: Record<string, string>): Promise<{ printed: string; loads: number }> {
  for (const [name, text] of Object.entries(files)) writeFileSync(join(folder, name), text);
  const loaded = join(folder, 'loaded');
  rmSync(loaded, { force: true });
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, 'start.mjs')]);
  return { printed: stdout.trim(), loads: existsSync(loaded) ? readFileSync(loaded).length : 0 };
}

const REFUSED =
  /^ERR_WORKER_MODULE the module of class Sums contains the program .*program\.\w+, .* module of its own/;

test.each([
  ['at its top level', 'await report((pool) => pool.run(new Sums(), [2, 3]));'],
  ['after an await of its top level', 'await later(); await report((pool) => pool.run(new Sums(), [2, 3]));'],
  [
    'from a function that its top level awaits',
    'const main = async () => { await later(); await report((pool) => pool.run(new Sums(), [2, 3])); }; await main();',
  ],
  [
    'from a function that nobody awaits',
    'report(async (pool) => { await later(); return pool.run(new Sums(), [2, 3]); });',
  ],
  [
    'over a pool that another module makes',
    "import { pool } from './pool.mjs'; await pool.run(new Sums(), [2, 3]).catch(({ code, message }) => console.log(code, message)); await pool.close();",
  ],
])('a module that uses its own class %s is refused before a process loads it', async (_, program) => {
  const pool = "import { ProcessPool } from 'mproc-worker'; export const pool = new ProcessPool(1);";
  const files = { 'program.mjs': SUMS + program, 'pool.mjs': pool, 'start.mjs': "import './program.mjs';" };
  const { printed, loads } = await run(files);
  expect(printed).toMatch(REFUSED);
  expect(loads).toBe(1);
});

test('so is one of CommonJS', async () => {
  const program = `${SUMS_OF_COMMONJS} report((pool) => pool.run(new Sums(), [2, 3]));`;
  const { printed, loads } = await run({ 'program.cjs': program, 'start.mjs': "import './program.cjs';" });
  expect(printed).toMatch(REFUSED);
  expect(loads).toBe(1);
});

// Each function stands on the stack of a call, in the module of the class, whose own top level has long been over.
test.each([
  [
    'a function',
    'export async function use(numbers) { await report((pool) => pool.run(new Sums(), numbers)); }',
  ],
  [
    'a function without a name',
    'export const use = (() => (numbers) => report((pool) => pool.run(new Sums(), numbers)))();',
  ],
  [
    'one that waits',
    'export const use = async (numbers) => { await later(); await report((pool) => pool.run(new Sums(), numbers)); };',
  ],
  [
    'one that is called by a timer',
    'export const use = (numbers) => setTimeout(async () => { await later(); await report((pool) => pool.run(new Sums(), numbers)); }, 1);',
  ],
])('a module may offer %s that uses its own class', async (_, offered) => {
  const files = {
    'program.mjs': SUMS + offered,
    'start.mjs': "import { use } from './program.mjs'; await use([2, 3]);",
  };
  expect(await run(files)).toEqual({ printed: '5', loads: 2 });
});

test('a library that keeps stacks for itself, or forbids to change them, does not keep pools from working', async () => {
  const use =
    "import { Sums, report } from './program.mjs'; await report((pool) => pool.run(new Sums(), [2, 3]));";
  const program = `${SUMS} export { report };`;
  for (const change of ['Error.prepareStackTrace = () => "mine";', 'Object.freeze(Error);'])
    expect(
      await run({
        'program.mjs': program,
        'start.mjs': `${change} ${use.replace(/import (.*?) from (.*?);/, 'const $1 = await import($2);')}`,
      }),
    ).toEqual({
      printed: '5',
      loads: 2,
    });
});
