// A random program as a figure: run in a process of its own, so that its crash or hang is noticed and can be replayed.
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from '../../../scripts/built-program.js';
import type { Measured } from '../figure.js';

const PROGRAM = new URL('program.ts', import.meta.url);
const WORKER = new URL('pool/jobs.worker.ts', import.meta.url);
/** A program that does nothing for so long hangs in a loop: what waits in vain it tells by itself before. */
const HANGS_MS = 150_000;

/** So long, or so many rounds. */
export interface FuzzSize {
  readonly seconds: number;
  readonly rounds?: number | undefined;
  readonly seed?: number | undefined;
}

/** What the program prints at its end. */
interface Found {
  readonly problems?: readonly string[];
  readonly [fact: string]: unknown;
}

interface Outcome {
  readonly result?: Found;
  readonly problem?: string;
}

/** @param name of the figure, and `kind` that of the folder with its rounds */
export async function runFuzz(
  name: string,
  kind: 'pool' | 'queue' | 'hosts',
  { seconds, rounds, seed = freshSeed() }: FuzzSize,
): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-fuzz-'));
  const trace = join(folder, 'trace');
  try {
    const program = await buildProgram(PROGRAM, WORKER);
    console.error(`${name}: seed ${seed}`);
    const limits = rounds === undefined ? ['--seconds', seconds] : ['--rounds', rounds];
    const ended = await runProgram(program, [kind, '--seed', seed, ...limits, '--trace', trace], trace);
    const { problems: found = [], ...measured }: Found = ended.result ?? {};
    const problems = [...found, ...(ended.problem === undefined ? [] : [ended.problem])];
    const ok = problems.length === 0;
    return { seed, ...measured, ...(!ok && failure(name, seed, problems, trace, ended.stderr)), ok };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function freshSeed(): number {
  return (Date.now() ^ (process.pid << 16)) >>> 0;
}

function failure(
  name: string,
  seed: number,
  problems: readonly string[],
  trace: string,
  stderr: string,
): object {
  const lines = readLines(trace);
  const begun = lines.findLastIndex((line) => line.includes('round of seed'));
  const failed = lines[begun]?.split(' ').at(-1) ?? seed;
  return {
    problems,
    replay: `npm run chaos -- ${name} --seed ${failed} --rounds 1`,
    stderr: stderr.slice(-2_000),
    // All of the round that failed: a replay draws the same, and need not come to the same end.
    history: lines.slice(Math.max(0, begun)),
  };
}

function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

function runProgram(
  program: string,
  words: readonly (string | number)[],
  trace: string,
): Promise<Outcome & { readonly stderr: string }> {
  const child = spawn(process.execPath, ['--expose-gc', program, ...words.map(String)], {
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let [stdout, stderr, isHung] = ['', '', false];
  child.stdout.on('data', (chunk) => {
    stdout += chunk;
  });
  // What crashing jobs leave there is expected; its end is shown beside a problem.
  child.stderr.on('data', (chunk) => {
    stderr = `${stderr}${chunk}`.slice(-10_000);
  });
  const watch = setInterval(() => {
    if (sinceLast(trace) < HANGS_MS) return;
    isHung = true;
    child.kill('SIGKILL');
  }, 1_000);
  return new Promise((resolve) => {
    child.once('exit', (code, signal) => {
      clearInterval(watch);
      setImmediate(() => resolve({ stderr, ...outcome(stdout, code, signal, isHung) }));
    });
  });
}

function sinceLast(trace: string): number {
  try {
    return Date.now() - statSync(trace).mtimeMs;
  } catch {
    return 0;
  }
}

function outcome(
  stdout: string,
  code: number | null,
  signal: NodeJS.Signals | null,
  isHung: boolean,
): Outcome {
  if (isHung) return { problem: `the program did nothing for ${HANGS_MS} ms` };
  try {
    return { result: JSON.parse(stdout.trim().split('\n').at(-1)!) as Found };
  } catch {
    return { problem: `the program ended with ${signal ?? code}` };
  }
}
