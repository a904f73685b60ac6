import { execFileSync } from 'node:child_process';
import {
  constants,
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { crc32 } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';

const RUNTIME = fileURLToPath(new URL('../../../runtime', import.meta.url));
const KOFFI = dirname(createRequire(join(RUNTIME, 'package.json')).resolve('koffi'));
const SUM_BYTES = 4;

/** Stays until both processes have a job, and their code is kept, where it is to be; answers what its process was told. */
const WORKER = `import { existsSync, mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { Worker } from 'mproc-worker';
// Before a job is shown in their place.
const argument = readFileSync('/proc/self/cmdline', 'latin1').split('mproc-child:')[1];
// The program that has the pool loads this module, too, and was told nothing.
const { codeBytes, cacheCodeAt } = argument ? JSON.parse(argument.split('\\0')[0]) : {};
const contentOf = (file) => (existsSync(file) ? readFileSync(file, 'latin1') : undefined);
const before = cacheCodeAt && contentOf(cacheCodeAt);
const isKept = () => !cacheCodeAt || process.env.CODE_CANNOT_BE_KEPT || contentOf(cacheCodeAt) !== before;
export class Told extends Worker {
  static module = import.meta.url;
  async process(pool) {
    mkdirSync(pool + '/' + process.pid, { recursive: true });
    do await new Promise((resolve) => setTimeout(resolve, 10));
    while (readdirSync(pool).length < 2 || !isKept());
    return { codeBytes, keeps: cacheCodeAt !== undefined };
  }
}`;
/** Two pools, one after the other. */
const PROGRAM = `import { ProcessPool } from 'mproc-worker';
import { Told } from './told.worker.mjs';
const told = [];
for (let pools = 0; pools < 2; pools += 1) {
  const pool = new ProcessPool({ processes: 2 });
  const place = 'pool-' + process.pid + '-' + pools;
  const answers = await pool.map(new Told(), [place, place]);
  await pool.close();
  told.push(answers.map(({ body }) => body));
}
console.log(JSON.stringify(told));`;

/** As of files of another user, which may be those of `root`. */
const REFUSE_CHANGES = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
fs.rmSync = fs.renameSync = () => {
  throw Object.assign(new Error('EACCES: permission denied'), { code: 'EACCES' });
};
syncBuiltinESMExports();
`;

/** As of a program that waits for a processor when it has just started its processes: these have begun before it goes on. */
const WRITE_LATE = `import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
const { writeSync } = fs;
fs.writeSync = (...given) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 3_000);
  fs.writeSync = writeSync;
  return writeSync(...given);
};
syncBuiltinESMExports();
`;

let folder: string;
let cache: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'mproc-kept-'));
  cache = join(folder, 'node_modules/.cache/mproc-worker');
  const installed = join(folder, 'node_modules/mproc-worker');
  mkdirSync(installed, { recursive: true });
  cpSync(join(RUNTIME, 'dist'), join(installed, 'dist'), { recursive: true });
  cpSync(join(RUNTIME, 'package.json'), join(installed, 'package.json'));
  symlinkSync(KOFFI, join(folder, 'node_modules/koffi'));
  writeFileSync(join(folder, 'told.worker.mjs'), WORKER);
  writeFileSync(join(folder, 'main.mjs'), PROGRAM);
});
afterEach(() => rmSync(folder, { recursive: true }));

interface Told {
  readonly codeBytes: number;
  readonly keeps: boolean;
}

function plainEnv(): NodeJS.ProcessEnv {
  const { NODE_DISABLE_COMPILE_CACHE, NODE_V8_COVERAGE, ...plain } = process.env;
  return plain;
}

/** Runs the program; what the processes of each of its pools were told. */
function run(env: NodeJS.ProcessEnv = {}, node = process.execPath): Told[][] {
  const output = execFileSync(node, ['main.mjs'], {
    cwd: folder,
    env: { ...plainEnv(), ...env },
    encoding: 'utf8',
  });
  return JSON.parse(output) as Told[][];
}

/** Of processes of pools, or of programs. */
function kept(of: 'core' | 'program' = 'core'): string[] {
  const names = existsSync(cache) ? readdirSync(cache) : [];
  return names.filter((name) => name.startsWith(of)).map((name) => join(cache, name));
}

/** Runs a program of whose first pool one process keeps its code, and whose second pool uses that. @returns the file */
function keep(): string {
  const [first, second] = run();
  const [file = '', ...others] = kept();
  expect(others).toEqual([]);
  expect(keepers(first)).toHaveLength(1);
  expect(readFileSync(file).length - SUM_BYTES).toBeGreaterThan(first![0]!.codeBytes);
  expectUsers(second, file);
  return file;
}

/** Each process of a pool has what is in the file, and keeps nothing anew. */
function expectUsers(told: Told[] | undefined, file: string): void {
  const codeBytes = readFileSync(file).length - SUM_BYTES;
  expect(told).toEqual([
    { codeBytes, keeps: false },
    { codeBytes, keeps: false },
  ]);
}

function expectUsed(file: string): void {
  const pools = run();
  expect(pools).toHaveLength(2);
  for (const told of pools) expectUsers(told, file);
}

/** Makes code of it on which processes crash as they start. @returns its length */
function makeCrashing(file: string): number {
  const crashing = readFileSync(file).subarray(SUM_BYTES);
  // V8 believes what follows its own head of the code.
  crashing.fill(0xcc, 256);
  const { edition } = createRequire(file)(join(folder, 'node_modules/mproc-worker/dist/start.cjs'));
  const sum = Buffer.alloc(SUM_BYTES);
  sum.writeUInt32LE(crc32(crashing, crc32(edition)));
  writeFileSync(file, Buffer.concat([sum, crashing]));
  return crashing.length;
}

function keepers(told: Told[] | undefined): Told[] {
  return told!.filter(({ keeps }) => keeps);
}

describe('what V8 has compiled of a process', () => {
  test('is kept by one process, with what that has run, and used by the next pool and the next program', () => {
    expectUsed(keep());
  });

  test('is kept by a process, too, that began before the program had written what it was to begin with', () => {
    writeFileSync(join(folder, 'main.mjs'), WRITE_LATE + PROGRAM);
    const [first] = run();
    expect(keepers(first)).toHaveLength(1);
    writeFileSync(join(folder, 'main.mjs'), PROGRAM);
    expectUsed(kept()[0]!);
  });

  test.each([
    ['damaged', (whole: Buffer) => whole.fill('damaged', whole.length >> 1)],
    ['cut off', (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
    ['empty', (whole: Buffer) => whole.subarray(0, 0)],
  ])('is made anew where the file is %s', (_, spoil) => {
    const file = keep();
    const whole = readFileSync(file);
    const spoilt = spoil(Buffer.from(whole));
    writeFileSync(file, spoilt);
    const [next] = run();
    expect(keepers(next)).toHaveLength(1);
    expect(next![0]!.codeBytes).not.toBe(spoilt.length - SUM_BYTES);
    expectUsed(file);
  });

  test('is made anew where the package has been replaced', () => {
    const file = keep();
    const core = join(folder, 'node_modules/mproc-worker/dist/core.cjs');
    const before = readFileSync(file);
    utimesSync(core, new Date(), new Date());
    const [next] = run();
    expect(keepers(next)).toHaveLength(1);
    expect(readFileSync(file).subarray(0, SUM_BYTES)).not.toEqual(before.subarray(0, SUM_BYTES));
    expectUsed(file);
  });

  test('is made anew by another build of Node.js, even one that V8 cannot tell from the first', () => {
    const file = keep();
    const node = join(folder, 'node');
    copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE);
    const { length } = readFileSync(file);
    const [first, second] = run({}, node);
    expect(keepers(first)).toHaveLength(1);
    expect(first![0]!.codeBytes).not.toBe(length - SUM_BYTES);
    expectUsers(second, file);
  });

  test('is dropped where processes crash on it, and made anew', () => {
    const crashingBytes = makeCrashing(keep());
    const pools = run();
    expect(pools.map((told) => told.length)).toEqual([2, 2]);
    expect(pools[0]!.map(({ codeBytes }) => codeBytes)).toEqual([0, 0]);
    for (const { codeBytes } of pools[1]!) expect(codeBytes).not.toBe(crashingBytes);
    keep();
  });

  test('is used no more where processes crash on it, even if it cannot be removed', () => {
    const file = keep();
    const crashingBytes = makeCrashing(file);
    const crashing = readFileSync(file);
    writeFileSync(join(folder, 'main.mjs'), REFUSE_CHANGES + PROGRAM);
    writeFileSync(join(folder, 'told.worker.mjs'), REFUSE_CHANGES + WORKER);
    const pools = run({ CODE_CANNOT_BE_KEPT: '1' });
    expect(pools[0]!.map(({ codeBytes }) => codeBytes)).toEqual([0, 0]);
    for (const { codeBytes } of pools[1]!) expect(codeBytes).not.toBe(crashingBytes);
    expect(readFileSync(file)).toEqual(crashing);
  });

  test('is not kept where nothing can be written', () => {
    writeFileSync(join(folder, 'node_modules/.cache'), 'a file in the way');
    for (let programs = 0; programs < 2; programs += 1)
      expect(run({ CODE_CANNOT_BE_KEPT: '1' }).map((told) => keepers(told).length)).toEqual([1, 0]);
    expect(readFileSync(join(folder, 'node_modules/.cache'), 'utf8')).toBe('a file in the way');
  });

  test.each(['NODE_DISABLE_COMPILE_CACHE', 'NODE_V8_COVERAGE'])('is not kept with %s', (name) => {
    const value = name === 'NODE_V8_COVERAGE' ? join(folder, 'coverage') : '1';
    expect(
      run({ [name]: value })
        .flat()
        .some(({ keeps }) => keeps),
    ).toBe(false);
    expect(kept()).toEqual([]);
  });
});

describe('what V8 has compiled of a program', () => {
  beforeEach(() =>
    writeFileSync(
      join(folder, 'main.mjs'),
      "import { ProcessPool } from 'mproc-worker'; await new ProcessPool(1).destroy();",
    ),
  );

  /** Runs the program. @returns the file that is kept for the next, and whether this one has written it */
  function runProgram(node = process.execPath): { file: string; isNew: boolean } {
    const before = kept('program').map((path) => statSync(path).ino);
    execFileSync(node, ['main.mjs'], { cwd: folder, env: plainEnv() });
    const [file = '', ...others] = kept('program');
    expect(others).toEqual([]);
    return { file, isNew: !before.includes(statSync(file).ino) };
  }

  test('is kept by the first program, with the place of the native library, and used by the next', () => {
    const { file, isNew } = runProgram();
    expect(isNew).toBe(true);
    expect(readFileSync(file, 'latin1')).toMatch(/"nativeFile":"[^"]*koffi[^"]*\.node"/);
    expect(runProgram().isNew).toBe(false);
  });

  test.each([
    ['damaged', (whole: Buffer) => whole.fill('damaged', whole.length >> 1)],
    ['cut off', (whole: Buffer) => whole.subarray(0, whole.length >> 1)],
    ['empty', (whole: Buffer) => whole.subarray(0, 0)],
  ])('is made anew where the file is %s', (_, spoil) => {
    const { file } = runProgram();
    writeFileSync(file, spoil(readFileSync(file)));
    expect(runProgram().isNew).toBe(true);
    expect(runProgram().isNew).toBe(false);
  });

  test.each(['core.cjs', 'library.cjs'])('is made anew where %s has been replaced', (name) => {
    runProgram();
    utimesSync(join(folder, 'node_modules/mproc-worker/dist', name), new Date(), new Date());
    expect(runProgram().isNew).toBe(true);
    expect(runProgram().isNew).toBe(false);
  });

  test('is made anew by another build of Node.js', () => {
    runProgram();
    const node = join(folder, 'node');
    copyFileSync(process.execPath, node, constants.COPYFILE_FICLONE);
    expect(runProgram(node).isNew).toBe(true);
    expect(runProgram(node).isNew).toBe(false);
  });

  test('does without the native library where that was', () => {
    const { file } = runProgram();
    rmSync(join(folder, 'node_modules/koffi'));
    cpSync(KOFFI, join(folder, 'node_modules/koffi'), { recursive: true });
    expect(runProgram()).toEqual({ file, isNew: false });
  });

  test.each(['NODE_DISABLE_COMPILE_CACHE', 'NODE_V8_COVERAGE'])('is not kept with %s', (name) => {
    const value = name === 'NODE_V8_COVERAGE' ? join(folder, 'coverage') : '1';
    execFileSync(process.execPath, ['main.mjs'], { cwd: folder, env: { ...plainEnv(), [name]: value } });
    expect(kept('program')).toEqual([]);
  });
});
