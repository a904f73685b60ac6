import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { ProgramFolder } from '../pool/typescript/program-folder.js';

/** Each runs several programs, which on a busy machine take their time; nothing is measured by it. */
vi.setConfig({ testTimeout: 600_000 });

const CHECKOUT = fileURLToPath(new URL('../../../', import.meta.url));
const knows = (flag: string) => process.allowedNodeEnvironmentFlags.has(flag);
/** Node.js 20 calls it otherwise. */
const PERMISSION = knows('--permission') ? '--permission' : '--experimental-permission';
/** Node.js 25 and later count sockets between processes as well. */
const NET = knows('--allow-net') ? ['--allow-net'] : [];
const QUEUE = `of-permissions-${process.pid}`;

let folder: ProgramFolder;
beforeAll(() => {
  folder = new ProgramFolder({
    'lengths.worker.mjs': `import { Worker } from 'mproc-worker';
export class Lengths extends Worker { static module = import.meta.url; process(given) { return given.length; } }`,
    'pool.mjs': `import { ProcessPool, SharedArray } from 'mproc-worker';
import { Lengths } from './lengths.worker.mjs';
try {
  const pool = new ProcessPool({ processes: 2 });
  const inputs = ['a', SharedArray.allocate('Float64Array', 5), Buffer.alloc(20_000_000)];
  const responses = await pool.map(new Lengths(), inputs);
  console.log(responses.map((response) => response.body ?? String(response.error)).join());
  await pool.close();
} catch (error) { console.log(error.code, error.message); }`,
    'queue.mjs': `import { SharedMemoryQueue } from 'mproc-worker';
try {
  const queue = new SharedMemoryQueue(process.argv[2]);
  await queue.put(['a', 'b'.repeat(9_000_000)]);
  console.log([(await queue.pop()).length, (await queue.pop()).length].join());
  await queue.destroy();
} catch (error) { console.log(error.code, error.message); }`,
  });
});
afterAll(() => folder.remove());

/** What a program has printed to stdout. */
function run(flags: readonly string[], program: readonly string[]): string {
  const { NODE_OPTIONS, ...env } = process.env;
  const ended = spawnSync(process.execPath, [...flags, ...program], {
    cwd: folder.path,
    env,
    encoding: 'utf8',
  });
  if (ended.status !== 0) throw new Error(`${program[0]} ended with ${ended.status}: ${ended.stderr}`);
  return ended.stdout.trimEnd();
}

function reading(...places: string[]): string[] {
  return places.map((place) => `--allow-fs-read=${place}`);
}

/** What the program itself reads: its own files and this package's. */
const OWN = () => reading(folder.path, CHECKOUT);
const SYSTEM = reading('/proc', '/dev/shm');

function leftovers(): string[] {
  return readdirSync('/dev/shm').filter((name) => name.includes(QUEUE));
}

describe.skipIf(process.platform !== 'linux')('a program under --permission', () => {
  const ALLOWED = ['--allow-addons', '--allow-child-process', ...NET];

  test.each([
    ['everything', () => reading('*')],
    ['its own files and those of the system', () => [...OWN(), ...SYSTEM]],
  ])('that may read %s has a pool, children and large values included', (_, files) => {
    expect(run([PERMISSION, ...ALLOWED, ...files()], ['pool.mjs'])).toBe('1,5,20000000');
  });

  test('has a queue where it may write to /dev/shm', () => {
    const flags = [PERMISSION, '--allow-addons', ...OWN(), ...SYSTEM, '--allow-fs-write=/dev/shm'];
    expect(run(flags, ['queue.mjs'])).toBe('1,9000000');
    expect(run(flags, ['queue.mjs', QUEUE])).toBe('1,9000000');
  });

  test('is told all flags that a pool needs, before anything is made', () => {
    const said = run([PERMISSION, ...OWN()], ['pool.mjs']);
    expect(said).toMatch(/^ERR_PLATFORM node was started with --permission, and a pool needs more/);
    expect(said.split('; add ')[1]).toBe([...ALLOWED, ...SYSTEM].join(' '));
    expect(run([PERMISSION, ...OWN(), ...(said.split('; add ')[1] ?? '').split(' ')], ['pool.mjs'])).toBe(
      '1,5,20000000',
    );
  });

  test('is told the one that is missing', () => {
    const all = [...ALLOWED, ...SYSTEM];
    for (const missing of all) {
      const flags = [PERMISSION, ...OWN(), ...all.filter((flag) => flag !== missing)];
      expect(run(flags, ['pool.mjs'])).toMatch(new RegExp(`^ERR_PLATFORM .*; add ${missing}$`));
    }
  });

  test('is told what a queue needs, and leaves nothing in /dev/shm', () => {
    const said = run([PERMISSION, '--allow-addons', ...OWN(), ...SYSTEM], ['queue.mjs', QUEUE]);
    expect(said).toMatch(/^ERR_PLATFORM .* a queue in shared memory .*; add --allow-fs-write=\/dev\/shm$/);
    expect(leftovers()).toEqual([]);
  });
});

test.each(['pool.mjs', 'queue.mjs'])('under --no-addons, %s is told of that flag', (program) => {
  const said = run(['--no-addons'], [program]);
  expect(said).toMatch(/^ERR_PLATFORM .*native library, which --no-addons forbids; take that flag/);
});
