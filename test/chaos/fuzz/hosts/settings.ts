import type { Random } from '../random.js';
import type { ServedJob } from './served.worker.js';

export const ENGINES = ['shared-memory', 'sqlite'] as const;
export type Engine = (typeof ENGINES)[number];

/** What a caller of a round asks for. */
export interface CallerPlan {
  readonly form: 'map' | 'batch' | 'runs' | 'submit';
  readonly jobs: readonly ServedJob[];
  readonly processes: number;
}

/** What the seed decides about a round with several hosts. */
export interface HostSettings {
  readonly engine: Engine;
  readonly hosts: number;
  readonly processes: number;
  readonly concurrency: number;
  readonly leaseMs: number;
  readonly callers: readonly CallerPlan[];
  readonly killEveryMs: number | undefined;
  readonly stopEveryMs: number | undefined;
  readonly drainEveryMs: number | undefined;
  readonly killCallersEveryMs: number | undefined;
  readonly stopCallersEveryMs: number | undefined;
}

/** Attempts that a job has: one that crashes has a second one. */
export const MAX_RETRIES = 2;

function jobsOf(random: Random, from: number): ServedJob[] {
  const count = random.pick([1, 20, 100]);
  const longestMs = random.pick([1, 20, 60]);
  const kinds = { square: 20, throw: 1, flaky: 2, ...(random.chance(0.3) && { crash: 1 }) };
  return Array.from({ length: count }, (_, at) => ({
    n: from + at,
    kind: random.weighted<ServedJob['kind']>(kinds),
    ms: random.below(longestMs),
    pad: 'x'.repeat(Math.floor(20_000 ** random.next())),
  }));
}

export function drawSettings(random: Random, engines: readonly Engine[]): HostSettings {
  const often = () => random.pick([200, 500, 1_000]);
  const callers = Array.from(
    { length: random.between(1, 3) },
    (_, at): CallerPlan => ({
      form: random.weighted({ map: 3, batch: 2, runs: 1, submit: 2 }),
      jobs: jobsOf(random.derive(`jobs ${at}`), 1 + at * 1_000),
      processes: random.between(1, 2),
    }),
  );
  return {
    engine: random.pick(engines),
    hosts: random.between(1, 3),
    processes: random.between(1, 2),
    concurrency: random.pick([1, 1, 4]),
    leaseMs: random.pick([1_000, 3_000]),
    callers,
    killEveryMs: random.chance(0.4) ? often() : undefined,
    stopEveryMs: random.chance(0.3) ? often() : undefined,
    drainEveryMs: random.chance(0.4) ? often() : undefined,
    killCallersEveryMs: random.chance(0.4) ? often() : undefined,
    stopCallersEveryMs: random.chance(0.3) ? often() : undefined,
  };
}
