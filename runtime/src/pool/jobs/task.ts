import type { JobEvent } from '../../contracts/job-event.js';
import type { Strategy } from '../../contracts/strategy.js';
import { OptionError } from '../../errors/errors.js';
import { limit } from '../../options/limit.js';
import { pack } from '../../values/index.js';
import { classListeners } from '../../worker/class-listeners.js';
import { classText } from '../../worker/class-text.js';
import type { FunctionWorker } from '../../worker/function/function-class.js';
import { originOf } from '../../worker/function/function-origin.js';
import { ListenerSet } from '../../worker/listener-set.js';
import type { Worker, WorkerClass } from '../../worker/worker.js';
import { stateOf } from '../../worker/worker-state.js';
import type { ListMember } from '../collections/linked-list.js';
import type { ClassFigures } from '../figures/class-figures.js';
import type { TaskDescription, WorkerPlace } from '../protocol.js';
import type { LiveBytes } from '../transport/payload-pages.js';
import { BundleSize } from './bundle-size.js';
import { moduleOf, nameOf } from './worker-module.js';

// biome-ignore lint/suspicious/noExplicitAny: any worker, whatever it takes and gives
export type AnyWorker = Worker<any, any>;

/** A larger state than this has a segment of its own. */
export const LARGE_STATE_BYTES = 16 * 1024;

/** Deaths in a row while a module was loading, after which it is held to be the cause. */
const LOAD_DEATHS = 2;

/** A worker as its jobs' processes need it: described once, used by all jobs until the worker changes. */
export class Task implements ListMember<Task> {
  /** Among those without jobs. */
  previousInList: Task | undefined = undefined;
  nextInList: Task | undefined = undefined;
  isInList = false;
  /** How many of its jobs have not been answered. */
  pending = 0;
  /** Its worker is described by another task now. */
  isReplaced = false;
  /** How many of its jobs may share a slot. */
  readonly bundleSize = new BundleSize();
  /** Where the description lies; `undefined` while it has no place in the segment. */
  placed: LiveBytes | undefined;
  /** A process has got as far as to run one of its jobs. */
  wasLoaded = false;
  /** Processes in a row that died while they loaded its module. */
  #loadDeaths = 0;

  private constructor(
    readonly id: number,
    readonly prefix: string,
    readonly worker: AnyWorker,
    readonly workerClass: WorkerClass,
    /** URL of its module. */
    readonly module: string,
    readonly listeners: ListenerSet,
    readonly classEvents: ListenerSet,
    readonly listened: readonly JobEvent[],
    /** The packed fields of the worker; empty when it has none. */
    readonly state: Buffer,
    readonly events: string,
    /** How long an attempt may run where its call does not say, in milliseconds. */
    readonly timeoutMs: number | undefined,
    readonly figures: ClassFigures,
  ) {}

  /** What people know its class by. */
  get name(): string {
    return nameOf(this.workerClass);
  }

  /** A process got as far as to run a job: the module is not to blame for loads that came to nothing before. */
  hasLoaded(): void {
    this.wasLoaded = true;
    this.#loadDeaths = 0;
  }

  /**
   * Counts a load that came to nothing; true when they are so many in a row that the module is held to be the cause.
   * @param weight how much this one says about the module, up to 1
   */
  hasFailedToLoad(weight: number): boolean {
    this.#loadDeaths += weight;
    if (this.#loadDeaths < LOAD_DEATHS) return false;
    this.#loadDeaths = 0;
    return true;
  }

  get strategy(): Strategy | undefined {
    return this.worker.retryStrategy;
  }

  /** May there be a listener, now or later, here or in the processes, so that more than a result is told of each job? */
  get mayBeHeard(): boolean {
    return this.listeners !== NO_LISTENERS || this.classEvents.events.length > 0;
  }

  /** Is there code of the caller that hears of its jobs, or decides on them? */
  get callsBack(): boolean {
    return this.listeners !== NO_LISTENERS || this.strategy !== undefined;
  }

  /** Does a listener in this process hear of this event? */
  hears(event: JobEvent): boolean {
    return this.listeners.has(event);
  }

  /**
   * @param prefix what the ids of its jobs begin with, before the number of their call
   * @throws MprocError `ERR_WORKER_MODULE`, `ERR_MODULE_LOAD`; ValueError for fields that cannot be sent
   */
  static describe(
    id: number,
    prefix: string,
    worker: AnyWorker,
    figuresOf: (workerClass: WorkerClass) => ClassFigures,
  ): Task {
    const workerClass = classOf(worker);
    const listeners = workerClass.listenersOf(worker) ?? NO_LISTENERS;
    const fields = stateOf(worker);
    const state = fields === undefined ? NO_STATE : Buffer.from(pack(fields, 'state'));
    return new Task(
      id,
      prefix,
      worker,
      workerClass,
      moduleOf(workerClass),
      listeners,
      classListeners(workerClass),
      listeners.events,
      state,
      listeners.events.join(),
      limit('timeoutMs', workerClass.timeoutMs),
      figuresOf(workerClass),
    );
  }

  /** Is the state too large to lie with the description? */
  get stateIsLarge(): boolean {
    return this.state.length > LARGE_STATE_BYTES;
  }

  /** What a child must know, with its length in 4 bytes before it. */
  description(stateLargeValue: string | undefined): Buffer {
    const { workerClass, state, listened } = this;
    const description: TaskDescription = {
      ...placeOf(workerClass),
      jobIdPrefix: this.prefix,
      state: state.length === 0 || stateLargeValue !== undefined ? undefined : state,
      stateLargeValue,
      events: listened,
      sendState: listened.length > 0,
    };
    const packed = pack(description, 'worker');
    const described = Buffer.alloc(4 + packed.length);
    described.writeUInt32LE(packed.length);
    described.set(packed, 4);
    return described;
  }

  /** Is the worker still as it was described? */
  isCurrent(): boolean {
    const listeners = this.workerClass.listenersOf(this.worker);
    if ((listeners?.events.join() ?? '') !== this.events) return false;
    const fields = stateOf(this.worker);
    if (fields === undefined) return this.state.length === 0;
    return this.state.equals(pack(fields, 'state'));
  }
}

const NO_STATE: Buffer = Buffer.alloc(0);
const NO_LISTENERS = new ListenerSet();

/** @throws MprocError `ERR_WORKER_MODULE`, `ERR_MODULE_LOAD` */
export function placeOf(workerClass: WorkerClass): WorkerPlace {
  const origin = originOf(workerClass);
  return {
    module: moduleOf(workerClass),
    exportName: origin?.exported ?? workerClass.name,
    classText: classText(workerClass),
    place: origin?.place,
  };
}

/** @throws OptionError */
export function classOf(worker: AnyWorker): WorkerClass {
  const workerClass = worker?.constructor as WorkerClass | undefined;
  if (typeof workerClass?.contextOf !== 'function') throw new OptionError(`a pool runs ${whatElse(worker)}`);
  return workerClass;
}

/** What stands for a class where no job is run: the class itself, or a function, of which there is one worker alone. */
export type Served = WorkerClass | FunctionWorker<never, unknown>;

/** @throws OptionError */
export function servedClass(served: Served): WorkerClass {
  if (typeof (served as WorkerClass | undefined)?.contextOf === 'function') return served as WorkerClass;
  const made = classOf(served as AnyWorker);
  if (originOf(made) !== undefined) return made;
  throw new OptionError(
    `classes are given here, not instances; write ${made.name} in place of new ${made.name}()`,
  );
}

/** A class whose jobs can be kept from beginning, or its name where hosts serve it. */
export type Pausable = Served | string;

/** @throws OptionError */
export function pausableName(given: Pausable): string {
  const name = typeof given === 'string' ? given : servedClass(given).name;
  if (name !== '') return name;
  throw new OptionError('a class is paused by its name, and this one has none');
}

/** @throws OptionError */
export function pausableClass(given: Pausable): WorkerClass {
  if (typeof given !== 'string') return servedClass(given);
  throw new OptionError(
    `a pool without queues pauses a class or a function, not a name; received ${JSON.stringify(given)}`,
  );
}

/** What a pool runs, where it was given something else. */
function whatElse(given: unknown): string {
  if (typeof given !== 'function')
    return `instances of classes that extend Worker, and functions of defineWorker; received ${textOf(given)}`;
  const name = given.name || 'the class';
  if (typeof (given as Partial<WorkerClass>).contextOf === 'function')
    return `an instance, and ${name} is the class; write new ${name}()`;
  if (/^class\b/.test(Function.prototype.toString.call(given)))
    return `instances of classes that extend Worker, which class ${name} does not`;
  return `a function that its module exports by defineWorker, as processes find it there: export const ${given.name || 'work'} = defineWorker(import.meta.url, …)`;
}

function textOf(given: unknown): string {
  return typeof given === 'object' && given !== null
    ? `an instance of ${given.constructor?.name || 'no class'}`
    : String(given);
}
