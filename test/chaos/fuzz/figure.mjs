// A random program as a figure: run in a process of its own, so that its crash or hang is noticed and can be replayed.
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build } from 'esbuild';

/** Its own, as that of the repository gives the sources in place of what is built from them. */
const TSCONFIG = fileURLToPath(new URL('tsconfig.json', import.meta.url));
/** Below the repository, so that packages are found. */
const BUILT = fileURLToPath(new URL('../../../node_modules/.cache/fuzz', import.meta.url));
/** Loaded by processes by itself, and so no part of the program. */
const WORKER = './jobs.worker.js';
/** A program that does nothing for so long hangs in a loop: what waits in vain it tells by itself before. */
const HANGS_MS = 150_000;

/** @param name of the figure, and `kind` that of the folder with its rounds */
export async function runFuzz(name, kind, { seconds, rounds, seed = freshSeed() }) {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-fuzz-'));
  const trace = join(folder, 'trace');
  mkdirSync(BUILT, { recursive: true });
  const built = mkdtempSync(join(BUILT, `${kind}-`));
  try {
    const program = await buildProgram(built);
    console.error(`${name}: seed ${seed}`);
    const limits = rounds === undefined ? ['--seconds', seconds] : ['--rounds', rounds];
    const ended = await runProgram(program, [kind, '--seed', seed, ...limits, '--trace', trace], trace);
    const { problems = [], ...measured } = ended.result ?? {};
    if (ended.problem !== undefined) problems.push(ended.problem);
    const ok = problems.length === 0;
    return { seed, ...measured, ...(!ok && failure(name, seed, problems, trace, ended.stderr)), ok };
  } finally {
    for (const path of [folder, built]) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * In JavaScript: with a loader for TypeScript each process of its pools would have that as well, which is most of what it
 * takes to start one.
 */
async function buildProgram(folder) {
  const common = {
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    packages: 'external',
    tsconfig: TSCONFIG,
  };
  const program = join(folder, 'program.mjs');
  const source = (path) => fileURLToPath(new URL(path, import.meta.url));
  await build({
    ...common,
    entryPoints: [source('program.ts')],
    outfile: program,
    external: [WORKER],
    sourcemap: 'inline',
    plugins: [addressesOfSources],
  });
  await build({ ...common, entryPoints: [source('pool/jobs.worker.ts')], outfile: join(folder, WORKER) });
  return program;
}

/** What a module looks for beside itself lies beside its source. */
const addressesOfSources = {
  name: 'addresses-of-sources',
  setup({ onLoad }) {
    onLoad({ filter: /\/fuzz\/.*\.ts$/ }, ({ path }) => ({
      loader: 'ts',
      contents: readFileSync(path, 'utf8').replaceAll(
        'import.meta.url',
        JSON.stringify(pathToFileURL(path).href),
      ),
    }));
  },
};

function freshSeed() {
  return (Date.now() ^ (process.pid << 16)) >>> 0;
}

function failure(name, seed, problems, trace, stderr) {
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

function readLines(file) {
  try {
    return readFileSync(file, 'utf8').trim().split('\n');
  } catch {
    return [];
  }
}

function runProgram(program, words, trace) {
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

function sinceLast(trace) {
  try {
    return Date.now() - statSync(trace).mtimeMs;
  } catch {
    return 0;
  }
}

function outcome(stdout, code, signal, isHung) {
  if (isHung) return { problem: `the program did nothing for ${HANGS_MS} ms` };
  try {
    return { result: JSON.parse(stdout.trim().split('\n').at(-1)) };
  } catch {
    return { problem: `the program ended with ${signal ?? code}` };
  }
}
