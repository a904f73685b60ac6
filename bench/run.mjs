// npm run bench -- [name…] [--json] [--rounds N] [--quick]
// Runs benchmarks, each in a process of its own, and prints a table, or with --json one line for each.
import { spawn } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { describeMachine, load } from './measure/machine.mjs';
import { printResult, printTable } from './measure/table.mjs';

const SCALES = { full: 1, quick: 0.1, tiny: 0.002 };
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
];
/** Run only when they are named: they draw pictures and explain, they do not judge. */
const ON_REQUEST = ['curves', 'profile'];

const here = new URL('./', import.meta.url);
const { values: options, positionals } = readCommandLine();

function readCommandLine() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        rounds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        tiny: { type: 'boolean', default: false },
        full: { type: 'boolean', default: false },
      },
    });
  } catch (error) {
    return usage(error.message.split('. ')[0]);
  }
}

function known() {
  const names = readdirSync(here)
    .filter((file) => file.endsWith('.mjs') && file !== 'run.mjs')
    .map((file) => file.slice(0, -'.mjs'.length));
  return [...FIRST, ...names.filter((name) => !FIRST.includes(name)).sort()];
}

function usage(problem) {
  console.error(`${problem}. Benchmarks: ${known().join(', ')}; options: --json --rounds N --quick --full`);
  process.exit(2);
}

async function runHere(name) {
  const { run } = await import(new URL(`${name}.mjs`, here).href);
  const scale = options.tiny ? SCALES.tiny : options.quick ? SCALES.quick : SCALES.full;
  const rounds = options.rounds === undefined ? undefined : Number(options.rounds);
  const result = await run({ rounds, scale, json: options.json, full: options.full });
  if (result === undefined) return;
  if (options.json) console.log(JSON.stringify(result));
  else printResult(result);
}

/** @returns what it printed as JSON, or what went wrong */
async function runApart(name) {
  const flags = process.argv.slice(2).filter((argument, at, all) => {
    return argument.startsWith('--') || all[at - 1] === '--rounds';
  });
  const file = fileURLToPath(import.meta.url);
  const child = spawn(process.execPath, [file, name, ...flags, '--json'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let printed = '';
  child.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text;
  });
  const code = await new Promise((resolve) => child.on('close', resolve));
  const line = printed.split('\n').findLast((text) => text.startsWith('{'));
  if (code !== 0 || line === undefined) return { name, ratio: null, ok: false, error: `exit code ${code}` };
  return JSON.parse(line);
}

async function runMany(names) {
  const results = [];
  for (const name of names) {
    const result = await runApart(name);
    results.push(result);
    if (options.json) console.log(JSON.stringify(result));
    else if (result.error === undefined) printResult(result);
  }
  if (!options.json) printTable(results);
  if (results.some(({ error }) => error !== undefined)) process.exitCode = 1;
}

async function main() {
  // Processes of the benchmarks are told, too. Nothing is measured at this size, so nothing need be compiled.
  if (options.tiny) process.env.BENCH_WARM_MS = '20';
  if (options.rounds !== undefined && !(Number(options.rounds) >= 1)) usage('--rounds takes a number from 1');
  const names = known();
  for (const name of positionals) if (!names.includes(name)) usage(`there is no benchmark ${name}`);
  const built = new URL('../runtime/dist/index.js', here);
  if (!existsSync(built)) usage(`${fileURLToPath(built)} is missing; run npm run build`);
  if (!options.json) console.log(`${describeMachine()}, load ${load()}`);
  if (positionals.length === 1) return runHere(positionals[0]);
  await runMany(positionals.length > 1 ? positionals : names.filter((name) => !ON_REQUEST.includes(name)));
}

await main();
