import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ProcessPool } from 'mproc-worker';
import { type Census, census, leftSince } from '../left-behind.js';
import type { Random } from '../random.js';
import type { Report } from '../report.js';
import type { Round } from '../round.js';
import { wrongRuns } from './journal-check.js';
import { PoolRound } from './pool-round.js';
import { drawSettings } from './settings.js';

let before: Census | undefined;
/** Beginnings beyond the attempts, where a neighbour's death ends an attempt that does not count. */
const SPARE_BESIDE_OTHERS = 8;

/** One or two pools side by side, which share a journal. */
export const round: Round = async (random, report) => {
  before ??= await warmUp();
  const folder = mkdtempSync(join(tmpdir(), 'mproc-fuzz-'));
  const journal = join(folder, 'journal');
  writeFileSync(journal, '');
  writeFileSync(`${journal}.owners`, '');
  try {
    await playPools();
    const left = await leftSince(before);
    if (left !== '') report.problem(`left behind: ${left}`);
  } finally {
    rmSync(folder, { recursive: true });
  }

  /** Apart, so that nothing refers any more to the shared arrays of its jobs when all is counted. */
  async function playPools(): Promise<void> {
    const pools = random.chance(0.2) ? 2 : 1;
    const rounds = Array.from({ length: pools }, (_, at) => poolRound(random.derive(`pool ${at}`), at));
    await Promise.all(rounds.map((one) => one.run()));
    for (const one of rounds) check(one, report);
  }

  function poolRound(own: Random, at: number): PoolRound {
    const settings = drawSettings(own.derive('settings'));
    report.did(JSON.stringify(settings));
    return new PoolRound(own, settings, report, 1 + at * 100_000, journal);
  }

  function check({ history, plans, settings }: PoolRound, to: Report): void {
    to.count('jobs', plans.all.length);
    for (const problem of wrongRuns(journal, history.answers, settings.mayRunAgain ? SPARE_BESIDE_OTHERS : 0))
      to.problem(problem);
  }
};

/** Loads what a process loads once, so that it does not count as left behind. */
async function warmUp(): Promise<Census> {
  const { Plain } = await import('./jobs.worker.js');
  const pool = new ProcessPool({ processes: 1 });
  const plan = { id: 0, ms: 0, lengthBytes: 0, succeedsAt: 1, reports: 1, journaled: false };
  await pool.run(new Plain(), { ...plan, kind: 'tick' });
  await pool.close();
  return census();
}
