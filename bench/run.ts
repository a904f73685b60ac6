// npm run bench -- [name…] [--json] [--rounds N] [--quick]
// Runs benchmarks, each in a process of its own, and prints a table, or with --json one line for each.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { BenchResult } from './measure/benchmark.js';
import { buildBenchmark } from './measure/build-benchmark.js';
import { readCommandLine } from './measure/command-line.js';
import { describeMachine, load } from './measure/machine.js';
import { type FailedBenchmark, printResult, printTable } from './measure/table.js';

const FIRST = [
  'map',
  'roundtrip',
  'payload',
  'shared',
  'start',
  'scale',
  'many',
  'stream',
  'memory',
  'idle',
  'short',
  'busy',
  'sizes',
  'real',
  'server',
];
/** Run only when they are named: they draw pictures and explain, they do not judge. */
const ON_REQUEST = ['curves', 'profile'];

const here = new URL('./', import.meta.url);
const { values: options, positionals } = mustRead();

function mustRead(): ReturnType<typeof readCommandLine> {
  try {
    return readCommandLine();
  } catch (error) {
    return usage((error as Error).message.split('. ')[0]!);
  }
}

function known(): string[] {
  const names = readdirSync(here)
    .filter((file) => file.endsWith('.ts') && file !== 'run.ts')
    .map((file) => file.slice(0, -'.ts'.length));
  return [...FIRST, ...names.filter((name) => !FIRST.includes(name)).sort()];
}

function usage(problem: string): never {
  console.error(`${problem}. Benchmarks: ${known().join(', ')}; options: --json --rounds N --quick --full`);
  process.exit(2);
}

function flags(): string[] {
  return process.argv.slice(2).filter((argument, at, all) => {
    return argument.startsWith('--') || all[at - 1] === '--rounds';
  });
}

/** One alone prints what it finds by itself. */
async function runOne(name: string): Promise<void> {
  const child = spawn(process.execPath, [await buildBenchmark(name), ...flags()], { stdio: 'inherit' });
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve));
  process.exitCode = code ?? 1;
}

/** @returns what it printed as JSON, or what went wrong */
async function runApart(name: string): Promise<BenchResult | FailedBenchmark> {
  const child = spawn(process.execPath, [await buildBenchmark(name), ...flags(), '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const line = printed.split('\n').findLast((text) => text.startsWith('{'));
  const result = line === undefined ? undefined : (JSON.parse(line) as BenchResult);
  const isWhole = result !== undefined && (code === 0 || result.failures !== undefined);
  return isWhole ? result : { name, ratio: null, ok: false, error: `exit code ${code}` };
}

async function runMany(names: readonly string[]): Promise<void> {
  const results: (BenchResult | FailedBenchmark)[] = [];
  for (const name of names) {
    const result = await runApart(name);
    results.push(result);
    if (options.json) console.log(JSON.stringify(result));
    else if (!('error' in result)) printResult(result);
  }
  if (!options.json) printTable(results);
  if (results.some((result) => 'error' in result || result.failures !== undefined)) process.exitCode = 1;
}

async function main(): Promise<void> {
  // Processes of the benchmarks are told, too. Nothing is measured at this size, so nothing need be compiled.
  if (options.tiny) process.env.BENCH_WARM_MS = '20';
  if (options.rounds !== undefined && !(Number(options.rounds) >= 1)) usage('--rounds takes a number from 1');
  const names = known();
  for (const name of positionals) if (!names.includes(name)) usage(`there is no benchmark ${name}`);
  const built = new URL('../runtime/dist/index.js', here);
  if (!existsSync(built)) usage(`${fileURLToPath(built)} is missing; run npm run build`);
  if (!options.json) console.log(`${describeMachine()}, load ${load()}`);
  const [only] = positionals;
  if (positionals.length === 1 && only !== undefined) return runOne(only);
  await runMany(positionals.length > 1 ? positionals : names.filter((name) => !ON_REQUEST.includes(name)));
}

await main();
