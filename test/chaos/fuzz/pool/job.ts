import type { SharedArray } from 'mproc-worker';

/** What a job does, with how often it is drawn. */
export const KINDS = {
  echo: 30,
  tick: 20,
  sleep: 12,
  deafSleep: 2,
  spin: 8,
  throw: 6,
  fail: 3,
  respond: 3,
  crash: 3,
  exit: 2,
  uncaught: 1.5,
  rejection: 1.5,
  uncaughtLater: 0.5,
  flaky: 5,
  flakyCrash: 3,
  big: 6,
  bigIn: 6,
  progress: 6,
  progressLater: 1,
  getterResult: 2,
  unsendableResult: 2,
  unsendableError: 1,
  unsendableArgs: 2,
  throwingGetter: 1,
  array: 4,
  arrayResult: 2,
  closedArray: 1,
} as const;

export type JobKind = keyof typeof KINDS;

/** Everything about a job that the seed decides. Its argument is made from this when the job is given to the pool. */
export interface JobPlan {
  readonly id: number;
  readonly kind: JobKind;
  readonly ms: number;
  readonly lengthBytes: number;
  /** The attempt that succeeds, of a flaky one. */
  readonly succeedsAt: number;
  readonly reports: number;
  /** Its runs are written down. */
  readonly journaled: boolean;
}

/** What the process gets. */
export interface JobArgs extends JobPlan {
  readonly value?: unknown;
  readonly bytes?: Uint8Array;
  readonly array?: SharedArray;
}
