import type { ProcessFigures } from '../figures/process-figures.js';
import { Utilisation } from '../figures/utilisation.js';
import type { TaskRegistry } from '../jobs/task-registry.js';
import type { JobsInLine } from '../pool-engine.js';
import { type EngineStats, sumOfBusyMs } from '../pool-stats.js';
import type { SlotAllocator } from './placing/slot-allocator.js';
import { type SlotSurvey, surveySlots } from './placing/slot-survey.js';
import type { Dispatcher } from './waiting/dispatcher.js';

export interface StatsParts {
  readonly options: { readonly concurrency: number };
  readonly allocator: SlotAllocator;
  readonly tasks: TaskRegistry;
  readonly dispatcher: Dispatcher;
  readonly processes: ProcessFigures;
  readonly ready: { readonly line: JobsInLine | undefined };
  readonly hasEnded: boolean;
  now(): number;
}

const NOTHING_LEFT: SlotSurvey = { running: 0, waiting: 0, waitingSince: undefined, runningMs: 0 };

/** Adds up what `pool.stats()` tells. */
export class StatsReader {
  readonly #parts: StatsParts;
  readonly #utilisation = new Utilisation();

  constructor(parts: StatsParts) {
    this.#parts = parts;
  }

  read(): EngineStats {
    const { allocator, tasks, processes, hasEnded, options } = this.#parts;
    const now = this.#parts.now();
    const { figures } = tasks;
    const survey = hasEnded ? NOTHING_LEFT : surveySlots(allocator, now);
    const { waiting, since } = this.#lines(now);
    const busyMs = sumOfBusyMs(figures) + survey.runningMs;
    const livedMs = processes.livedMs(now) * options.concurrency;
    return {
      restarts: processes.restarts,
      running: survey.running,
      waiting: survey.waiting + waiting,
      oldestWaitingMs: now - Math.min(survey.waitingSince ?? now, since),
      utilisation: this.#utilisation.read(busyMs, livedMs, now),
      busyMs,
      livedMs,
      classes: figures.map((one) => one.stats()),
    };
  }

  /** Jobs that wait outside shared memory, and since when. */
  #lines(now: number): { waiting: number; since: number } {
    const { dispatcher, ready, hasEnded } = this.#parts;
    if (hasEnded) return { waiting: 0, since: now };
    const waiting = dispatcher.waiting + (ready.line?.waiting ?? 0);
    return { waiting, since: (waiting > 0 && dispatcher.waitingSince) || now };
  }
}
