// Where the time of a tiny job goes: profiles of the parent and of its processes while `map` runs.
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildProgram } from '../scripts/built-program.js';
import type { BenchOptions, BenchResult, Row } from './measure/benchmark.js';
import { sized } from './measure/size.js';
import { type Call, loadProfile, type Profile, SIDES } from './profiling/load-profile.js';
import { stageOf } from './profiling/stages.js';

const SUBJECT = new URL('./profiling/subject.ts', import.meta.url);
const INTERVAL_US = 200;

export async function run(options: BenchOptions): Promise<BenchResult> {
  const jobs = sized(2_000_000, options, 20_000);
  const folder = mkdtempSync(join(tmpdir(), 'mproc-profile-'));
  try {
    const flags = ['--cpu-prof', `--cpu-prof-dir=${folder}`, `--cpu-prof-interval=${INTERVAL_US}`];
    const subject = await buildProgram(SUBJECT);
    execFileSync(process.execPath, [...flags, subject, String(jobs)], {
      stdio: ['ignore', 'ignore', 'inherit'],
    });
    const profiles = readdirSync(folder).map((file) => loadProfile(join(folder, file)));
    return summary(profiles, jobs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function summary(profiles: readonly Profile[], jobs: number): BenchResult {
  const rows: Row[] = [];
  const hottest: string[] = [];
  for (const side of SIDES) {
    const calls = profiles.filter((profile) => profile.side === side).flatMap((profile) => profile.calls);
    for (const [stage, us] of totals(calls, (call) => stageOf(call, side)))
      rows.push({ subject: `${side}: ${stage}`, value: us / jobs, unit: 'µs' });
    const named = totals(calls, ({ name, file }) => `${name} (${file})`).slice(0, 12);
    for (const [name, us] of named) hottest.push(`${side}: ${(us / jobs).toFixed(3)} µs ${name}`);
  }
  return { name: 'profile', ratio: null, ok: true, rows, checks: [], notes: hottest };
}

/** Microseconds by what `keyOf` says, the most first. */
function totals(calls: readonly Call[], keyOf: (call: Call) => string): [string, number][] {
  const sums = new Map<string, number>();
  for (const call of calls) sums.set(keyOf(call), (sums.get(keyOf(call)) ?? 0) + call.selfUs);
  return [...sums].sort(([, a], [, b]) => b - a);
}
