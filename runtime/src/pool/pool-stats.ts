import type { ClassFigures, ClassStats } from './figures/class-figures.js';
import type { Restarts } from './figures/process-figures.js';

/** What a pool does now, and what it has done since it was made. */
export interface PoolStats {
  /** Processes that live. */
  readonly processes: number;
  /** Of those processes. */
  readonly pids: readonly number[];
  /** Processes made since the pool was. */
  readonly spawned: number;
  /** Why processes ended that others were made for. */
  readonly restarts: Restarts;
  /** Jobs that were not answered yet. */
  readonly outstanding: number;
  /** Those of them that a process is at. */
  readonly running: number;
  /** Jobs that wait for a process, those of an array that no job was made of yet included. */
  readonly waiting: number;
  /** How long the oldest of those has waited, in milliseconds; 0 where none waits. */
  readonly oldestWaitingMs: number;
  /** Outstanding jobs that wait for the time of their next attempt. */
  readonly delayed: number;
  /** Jobs that have a place in shared memory: those that come next, those that run, and stopped ones that still end. */
  readonly inMemory: number;
  /** Jobs that succeeded: of this pool's calls, and submitted jobs that ran here. */
  readonly succeeded: number;
  /** The same, failed for good. */
  readonly failed: number;
  /** Jobs of other pools' calls that ran here. */
  readonly served: { readonly succeeded: number; readonly failed: number };
  /**
   * How much of the time of the pool's processes went into jobs, from 0 to 1: since `stats` was called last, where that is a
   * second ago or more, else since it was called before.
   */
  readonly utilisation: number;
  /** How long all attempts have run, in milliseconds: with `livedMs` a rate over any time. */
  readonly busyMs: number;
  /** How long processes have lived, all together and times `concurrency`, in milliseconds. */
  readonly livedMs: number;
  /** Of each class whose jobs the pool was given. */
  readonly classes: readonly ClassStats[];
}

/** What an engine knows of it. */
export type EngineStats = Pick<
  PoolStats,
  'restarts' | 'running' | 'waiting' | 'oldestWaitingMs' | 'utilisation' | 'busyMs' | 'livedMs' | 'classes'
>;

export function sumOfBusyMs(figures: readonly ClassFigures[]): number {
  return figures.reduce((sum, { busyMs }) => sum + busyMs, 0);
}
