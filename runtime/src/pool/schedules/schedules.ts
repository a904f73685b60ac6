import { clearTimeout, setTimeout } from '../../clock/timers.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { Logger } from '../../contracts/logger.js';
import { OptionError } from '../../errors/errors.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { titleOf } from '../../worker/function/function-origin.js';
import type { WorkerClass } from '../../worker/worker.js';
import type { AnyWorker } from '../jobs/task.js';
import { isScheduleName } from './schedule-name.js';
import type { Schedule, ScheduleOptions } from './schedule-options.js';
import { type Clock, Scheduler } from './scheduler.js';
import { ticksOf } from './ticks.js';

type Overlap = NonNullable<ScheduleOptions['overlap']>;
type CatchUp = NonNullable<ScheduleOptions['catchUp']>;

/** Where the jobs of a schedule go. */
export interface TickSink {
  /** The last tick that has come; `undefined` where nobody knows of one. @throws UnsupportedError */
  lastOf(name: string): Promise<number | undefined>;
  put(name: string, at: number, overlap: Overlap): Promise<void>;
}

const KNOWN: Record<keyof ScheduleOptions, true> = {
  cron: true,
  everyMs: true,
  timeZone: true,
  overlap: true,
  catchUp: true,
};

const REAL_CLOCK: Clock = {
  now: wallClockMs,
  wait(ms, wake) {
    const timer = setTimeout(wake, ms);
    return () => clearTimeout(timer);
  },
};

interface Kept {
  readonly info: Omit<Schedule, 'nextAt'>;
  scheduler: Scheduler | undefined;
}

/** The schedules of a pool. */
export class Schedules {
  readonly #kept = new Map<string, Kept>();
  readonly #logger: Logger;
  #isClosed = false;

  constructor(logger: Logger) {
    this.#logger = logger;
  }

  /** @throws OptionError, UnsupportedError; what an engine says that is away */
  async add(name: string, options: ScheduleOptions, worker: AnyWorker, sink: TickSink): Promise<void> {
    mustBeName(name);
    mustKnowOptions('schedule', options, KNOWN);
    const overlap = oneOf<Overlap>('overlap', options.overlap ?? 'skip', ['skip', 'allow', 'queue']);
    const catchUp = oneOf<CatchUp>('catchUp', options.catchUp ?? 'none', ['none', 'last', 'all']);
    const ticks = ticksOf(options.cron, options.everyMs, options.timeZone);
    if (this.#kept.has(name))
      throw new OptionError(
        `this pool has a schedule ${name} already; unschedule it first, or give this one another name`,
      );
    const workerClass = worker.constructor as WorkerClass;
    const workerName = workerClass.name === '' ? titleOf(workerClass) : workerClass.name;
    const zone = options.cron === undefined ? {} : { timeZone: options.timeZone ?? 'UTC' };
    const kept: Kept = {
      info: { ...options, ...zone, name, worker: workerName, overlap, catchUp },
      scheduler: undefined,
    };
    this.#kept.set(name, kept);
    try {
      const last = await sink.lastOf(name);
      if (this.#isClosed || this.#kept.get(name) !== kept) return;
      const onTick = (at: number) => sink.put(name, at, overlap);
      kept.scheduler = new Scheduler(
        REAL_CLOCK,
        { name, ticks, overlap, catchUp, onTick },
        this.#logger,
        last,
      );
    } catch (error) {
      if (this.#kept.get(name) === kept) this.#kept.delete(name);
      throw error;
    }
  }

  /** @returns whether there was one */
  remove(name: string): boolean {
    this.#kept.get(name)?.scheduler?.stop();
    return this.#kept.delete(name);
  }

  all(): Schedule[] {
    return [...this.#kept.values()].flatMap(({ info, scheduler }) => {
      const next = scheduler?.nextMs;
      return next === undefined ? [] : [{ ...info, nextAt: new Date(next) }];
    });
  }

  close(): void {
    this.#isClosed = true;
    for (const name of [...this.#kept.keys()]) this.remove(name);
  }
}

function mustBeName(name: unknown): void {
  if (isScheduleName(name)) return;
  throw new OptionError(
    `a schedule must have a name of letters, digits, dot, dash and underscore, 1 to 80 of them; received ${JSON.stringify(name)}`,
  );
}

function oneOf<T extends string>(option: string, value: T, known: readonly T[]): T {
  if (known.includes(value)) return value;
  throw new OptionError(`option ${option} must be one of ${known.join(', ')}; received ${String(value)}`);
}
