import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { type MprocError, ProcessPool } from 'mproc-worker';
import type { Measured } from '../figure.js';
import { Echo } from '../jobs.worker.mjs';
import { Broken } from '../programs/broken.worker.mjs';
import { round } from './percentile.js';

export const goal =
  'a module that throws on load rejects within 1 s with its own stack, after at most 5 forks in 10 s, and the pool recovers';
export const sizes = { smoke: { seconds: 1 }, reduced: { seconds: 3 }, full: { seconds: 10 } };

interface Size {
  readonly seconds: number;
}

export async function run({ seconds }: Size): Promise<Measured> {
  const folder = mkdtempSync(join(tmpdir(), 'mproc-g6-'));
  const of = (how: string): Promise<Broke> => broken(how, seconds, join(folder, how));
  const figures = { throw: await of('throw'), exit: await of('exit'), segfault: await of('segfault') };
  rmSync(folder, { recursive: true });
  const { throw: thrown } = figures;
  return {
    ...figures,
    ok:
      thrown.rejectedMs <= 1_000 &&
      thrown.hasStack &&
      Object.values(figures).every(
        (figure) =>
          figure.code === 'ERR_MODULE_LOAD' && figure.forks <= 5 && figure.othersAnswered && figure.recovers,
      ),
  };
}

/** What came of a module that cannot be loaded. */
interface Broke {
  readonly code: string | undefined;
  readonly rejectedMs: number;
  readonly hasStack: boolean;
  readonly forks: number;
  readonly othersAnswered: boolean;
  readonly recovers: boolean;
}

async function broken(how: string, seconds: number, mended: string): Promise<Broke> {
  const env = { ...process.env, MPROC_TEST_BROKEN: how, MPROC_TEST_MENDED: mended };
  const pool = new ProcessPool({ processes: 2, env });
  await pool.run(new Echo(), 0);
  const began = performance.now();
  const error = await pool.map(new Broken(), [1, 2, 3, 4]).then(
    () => undefined,
    (problem: MprocError) => problem,
  );
  const rejectedMs = round(performance.now() - began);
  const othersAnswered = (await pool.map(new Echo(), [1, 2, 3])).every(({ ok }) => ok);
  await delay(Math.max(0, seconds * 1000 - (performance.now() - began)));
  const forks = pool.stats().spawned;
  writeFileSync(mended, '');
  const again = await pool.map(new Broken(), [5, 6]).catch(() => []);
  await pool.destroy();
  return {
    code: error?.code,
    rejectedMs,
    hasStack: /TypeError: broken on purpose[\s\S]*broken\.worker\.mjs/.test(String(error?.stack)),
    forks,
    othersAnswered,
    recovers: again.map(({ body }) => body).join() === '5,6',
  };
}
