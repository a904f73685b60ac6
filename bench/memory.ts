// What a pool takes: an idle process, a job that waits in `map`, its place in the shared segment.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { ProcessPool, type Progress } from 'mproc-worker';
import { Hold } from './jobs/hold.worker.mjs';
import { allPresent } from './jobs/ready.js';
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { keptBytes } from './measure/garbage.js';
import { residentBytes } from './measure/process-facts.js';
import { result } from './measure/result.js';
import { alternate, median } from './measure/rounds.js';
import { loadCodec, slotBytes } from './measure/runtime-source.js';
import { roundsOf, sized } from './measure/size.js';

const MIB = 2 ** 20;
const SETTLING_MS = 500;
const HELLO = fileURLToPath(new URL('./jobs/hello.mjs', import.meta.url));

export async function run(options: BenchOptions): Promise<BenchResult> {
  const jobs = sized(1_000_000, options, 20_000);
  const values = await alternate(
    [
      { name: 'a bare fork', measure: bareForkMb },
      { name: 'an idle process of a pool', measure: poolProcessMb },
      { name: 'parent, for a job that waits in map', measure: () => waitingBytes(jobs) },
      { name: 'segment, for a job that waits there', measure: occupiedBytes },
    ],
    roundsOf(options, 3),
  );
  const medians = Object.values(values).map(median);
  const [bare, child, parent, segment] = medians as [number, number, number, number];
  const units = ['MB', 'MB', 'bytes', 'bytes'];
  return result('memory', {
    goals: [
      { against: 'MB of a process beyond a bare fork', ratio: child - bare, goal: 12, sense: 'at most' },
      { against: "parent's bytes for a waiting job", ratio: parent, goal: 200, sense: 'at most' },
      { against: "segment's bytes for a waiting job", ratio: segment, goal: 128, sense: 'at most' },
    ],
    rows: Object.entries(values).map(([subject, all], at) => ({
      subject,
      value: median(all),
      unit: units[at]!,
    })),
  });
}

async function bareForkMb(): Promise<number> {
  const child = fork(HELLO);
  await once(child, 'message');
  await setTimeout(SETTLING_MS);
  const megabytes = residentBytes(child.pid!) / MIB;
  child.disconnect();
  await once(child, 'exit');
  return megabytes;
}

/** A process that has loaded a worker and has had a job. */
async function poolProcessMb(): Promise<number> {
  const pool = new ProcessPool({ processes: 2 });
  try {
    const pids = await allPresent(pool, 2);
    await setTimeout(SETTLING_MS);
    return Math.max(...pids.map(residentBytes)) / MIB;
  } finally {
    await pool.close();
  }
}

/** The arguments themselves are the caller's, and not counted. */
async function waitingBytes(jobs: number): Promise<number> {
  const inputs = Array.from({ length: jobs }, (_, i) => [i === 0 ? 1 : 0, i, i, i]);
  const pool = new ProcessPool({ processes: 1 });
  try {
    const before = keptBytes();
    // What the pool let go of meanwhile may be more than what it took.
    return await whileHeld(pool, inputs, () => Math.max(0, keptBytes() - before) / jobs);
  } finally {
    await pool.destroy();
  }
}

/** Slot, line and payload of one job. */
async function occupiedBytes(): Promise<number> {
  const { pack } = await loadCodec();
  const payload = pack([200_000, 200_001, 200_002, 200_003], 'args').length;
  return (await slotBytes()) + Math.ceil(payload / 8) * 8;
}

/** Looks while one job keeps the only process, and all others wait. */
async function whileHeld(
  pool: ProcessPool,
  inputs: readonly (readonly number[])[],
  look: () => number,
): Promise<number> {
  const over = new AbortController();
  const here = new Promise<void>((resolve) => {
    const onProgress = ({ value }: Progress): void => {
      if (value === 'here') resolve();
    };
    pool.map(new Hold(), inputs, { signal: over.signal, onProgress }).catch(() => {});
  });
  await here;
  await setTimeout(SETTLING_MS);
  const seen = look();
  over.abort();
  return seen;
}
