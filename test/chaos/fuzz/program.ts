// program.ts <pool | queue | hosts> --seed N --seconds S [--rounds N] [--trace FILE]
//
// Runs rounds of random operations; the round of seed N is the first of `--seed N`, so that it can be run alone.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { Random } from './random.js';
import { Report } from './report.js';
import type { Round } from './round.js';

// Here alone: a flag of Node.js would be one of the processes as well.
process.setSourceMapsEnabled(true);

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string' },
    seconds: { type: 'string' },
    rounds: { type: 'string' },
    trace: { type: 'string' },
  },
});

const seed = Number(values.seed);
const seconds = Number(values.seconds ?? Number.POSITIVE_INFINITY);
const most = Number(values.rounds ?? Number.POSITIVE_INFINITY);
const report = new Report(values.trace);

function finish(): never {
  const { problems, counts } = report;
  process.stdout.write(`\n${JSON.stringify({ rounds, problems, counts, ...memory() })}\n`);
  process.exit(problems.length === 0 ? 0 : 1);
}

process.on('uncaughtException', (error, origin) => {
  report.problem(`${origin}: ${error instanceof Error ? error.stack : String(error)}`);
  finish();
});

/** What grows without end shows in the second half of many rounds. */
const MANY_ROUNDS = 60;
const FLAT_BYTES = 24 * 2 ** 20;
let rounds = 0;
let halfway: number | undefined;
let held = 0;

/** What a pool was busy with when it was destroyed goes when its last timers have, in milliseconds. */
const SETTLES_MS = 3_000;

async function heldBytes(): Promise<number> {
  await sleep(SETTLES_MS);
  globalThis.gc?.();
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

function memory(): { heldMiB?: number; grewMiB?: number } {
  if (halfway === undefined || held === 0) return {};
  return { heldMiB: toMiB(held), grewMiB: toMiB(held - halfway) };
}

function toMiB(bytes: number): number {
  return Math.round((10 * bytes) / 2 ** 20) / 10;
}

async function main(): Promise<void> {
  const { round }: { round: Round } = await import(`./${positionals[0]}/round.ts`);
  const until = performance.now() + seconds * 1_000;
  const halfTime = performance.now() + seconds * 500;
  while (rounds < most && performance.now() < until && report.problems.length === 0) {
    const own = (seed + rounds) >>> 0;
    report.beginRound(own);
    await round(new Random(own).derive('round'), report);
    rounds += 1;
    if (halfway === undefined && rounds >= MANY_ROUNDS && performance.now() > halfTime)
      halfway = await heldBytes();
  }
  if (halfway !== undefined) held = await heldBytes();
  if (halfway !== undefined && rounds >= 2 * MANY_ROUNDS && held - halfway > FLAT_BYTES)
    report.problem(`memory grew: ${JSON.stringify(memory())}`);
  finish();
}

await main();
