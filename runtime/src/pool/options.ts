import { constants } from 'node:os';
import { LONGEST_TIMER_MS } from '../clock/timers.js';
import type { Logger } from '../contracts/logger.js';
import type { Queue, QueueFactory } from '../contracts/queue.js';
import { OptionError } from '../errors/errors.js';
import { boundedBytes, usableMemoryBytes, usableProcessors } from '../limits/limits.js';
import { functionOrNone } from '../options/function-or-none.js';
import { mustKnowOptions } from '../options/known-options.js';
import { limit } from '../options/limit.js';
import { whole } from '../options/whole.js';
import { type KeepFailedOptions, type ResolvedKeepFailed, resolveKeepFailed } from '../replay/keep-failed.js';
import type { InstanceRule } from '../values/index.js';
import { SETUP_TIMEOUT_MS } from '../worker/class-setup.js';
import { type Keep, type KeepOptions, keepOf } from './history/keep-options.js';
import type { JobLimit } from './limits/job-limit.js';
import { type Limits, resolveLimits } from './limits/limits.js';
import { inheritedFlags } from './node-flags.js';
import { safeLogger } from './safe-logger.js';
import { type TypescriptLoading, typescriptLoading } from './typescript.js';

/** Options of a pool; all of them are optional. */
export interface PoolOptions {
  /**
   * How many child processes run jobs, up to 1,024. With `queues`, 0 makes a pool that only calls: other programs run its
   * jobs. `'inline'` runs jobs in this process, for unit tests and debuggers; then nothing stops a job that never waits.
   * @default os.availableParallelism(), or what a container may use if that is less
   */
  readonly processes?: number | 'inline';
  /**
   * Makes the queues that calls, `submit` and `work` go over, so that other programs can serve them. Without it, jobs go
   * straight to this pool's processes.
   * @default none
   * @throws `ERR_QUEUE_UNAVAILABLE` from calls, if the engine stays away for 30 s or only a person can mend it
   */
  readonly queues?: QueueFactory;
  /**
   * With `queues`: how long a job belongs to its host before other hosts may take it, in milliseconds. The host renews the
   * lease while the job runs.
   * @default 30,000
   */
  readonly leaseMs?: number;
  /**
   * With `queues`: how many hosts may lose a job before it is given up.
   * @default 3
   * @throws `ERR_JOB_DEAD` as the error of a job that was given up
   */
  readonly maxAttempts?: number;
  /**
   * A queue that every response is also put on, in order, up to 64 in one `put`. While 1,024 responses wait for it, the pool
   * begins no further job.
   * @default none
   */
  readonly results?: Queue<unknown>;
  /**
   * How many jobs of a class, or of a key of it, run at once, and how often one begins; see docs/guide/limits.md. With
   * `queues`, give all pools the same: those that put jobs, and those that run them.
   * @default none
   */
  readonly limits?: readonly JobLimit[];
  /** How many jobs one process runs side by side, up to 65,535. More than 1 helps jobs that wait. @default 1 */
  readonly concurrency?: number;
  /**
   * How long an attempt may run, in milliseconds; also stops a busy loop. Loading the worker's module is not counted: it has a
   * limit of its own, `timeoutMs` or 5,000, whichever is longer, in which its process does not wait for a
   * processor.
   * @default no limit
   * @throws `ERR_JOB_TIMEOUT` as the error of the job
   */
  readonly timeoutMs?: number;
  /** A process is replaced after this many jobs. @default no limit */
  readonly maxJobsPerProcess?: number;
  /** A process is replaced if its resident memory is larger than this after a job, in bytes. @default no limit */
  readonly maxMemoryBytes?: number;
  /**
   * Size of the shared segment, in bytes, from 1 MiB to 1 GiB. Larger values travel in files of their own.
   * @default 8 MiB, and 512 KiB for each process beyond the eighth; at most an eighth of a container's memory
   * @throws `ERR_MEMORY_FULL` from `new ProcessPool`
   */
  readonly memoryBytes?: number;
  /**
   * How many jobs of `run` may wait.
   * @default no limit
   * @throws `ERR_POOL_FULL` from `run`, for one job more
   */
  readonly maxQueue?: number;
  /** A process with nothing to do for this long ends, in milliseconds. It is made anew when it is needed. @default never */
  readonly idleTimeoutMs?: number;
  /** How long `close` waits for jobs before it becomes `destroy`, in milliseconds. @default 30,000 */
  readonly closeTimeoutMs?: number;
  /** How long a job that was told to stop has until its process is killed, in milliseconds. @default 1,000 */
  readonly killTimeoutMs?: number;
  /**
   * How long `setup` of a worker may take in a process, in milliseconds. It does not count as time of a job.
   * @default 30,000
   * @throws `ERR_SETUP` from the call
   */
  readonly setupTimeoutMs?: number;
  /**
   * Is the stack of a job that runs longer than `timeoutMs` taken before it is stopped? It stands in `attempts[i].stack`, and
   * the error's message ends with its first line. It takes 200 ms at most. Linux only. @default true
   */
  readonly timeoutStacks?: boolean;
  /** How long `teardown` of each worker of a process may take, in milliseconds. @default 5,000 */
  readonly teardownTimeoutMs?: number;
  /**
   * Signals of this process that end the pool, as `['SIGTERM', 'SIGINT']`. On the first, running jobs finish and waiting
   * jobs fail; `map` gives all responses. On a second one, a quarter of a second later or more, the pool ends at once. Then
   * the process ends by the signal, unless it has listeners of its own; for a shell, its exit code is 128 + the number of
   * the signal.
   * @default none: a signal ends the program
   * @throws `ERR_POOL_CLOSED` as the error of jobs that waited
   */
  readonly signals?: readonly NodeJS.Signals[];
  /**
   * Flags of Node.js for the children. They load TypeScript as this process does, whatever these flags are.
   * @default this process's own, without those for a debugger, tests, or code to evaluate
   */
  readonly execArgv?: readonly string[];
  /** Environment of the children. @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Hears of failing listeners and the like. @default console */
  readonly logger?: Logger;
  /**
   * Where the output of jobs goes. `'program'`: to stdout and stderr of this program. `'response'`: to `output` of the job's
   * response, and nowhere else; only with a `concurrency` of 1, as jobs side by side share the streams of their process.
   * @default 'program'
   */
  readonly output?: 'program' | 'response';
  /**
   * What happens to instances of classes with methods, which arrive as plain objects of their properties. `'warn'`: they
   * are sent, and the logger hears of each class once. `'refuse'`: they are not sent. `'allow'`: they are sent.
   * @default 'warn'
   * @throws `ERR_VALUE` as the error of the job, with `'refuse'`
   */
  readonly instances?: InstanceRule;
  /**
   * Processes that are kept ready beside the others once one has died, with the modules of the pool's workers loaded and their
   * `setup` done: one takes the place of the next that dies, or has done `maxJobsPerProcess`, without a start. Each takes the memory of an idle process.
   * @default 1 where the system has 1 GiB or more, and no `idleTimeoutMs` is set; else 0
   */
  readonly spares?: number;
  /**
   * Keeps each job that has failed for good in a file, which its response names as `replayFile`: class, module, arguments,
   * fields, attempts. `npx mproc replay <file>` runs it again. The files hold arguments, and only this user can read them.
   * @default none
   */
  readonly keepFailed?: KeepFailedOptions;
  /**
   * Keeps answered jobs so long, for `history`: `{ ok: '1 h', failed: '7 d', most: 10_000 }`. With `queues` they are kept
   * in the engine: the jobs that this pool calls or submits, wherever they run, and the jobs that it runs for pools that have
   * no `keep`. Without `queues` they are kept in this pool's memory.
   * @default nothing is kept
   * @throws `ERR_UNSUPPORTED` from calls, where the engine cannot
   */
  readonly keep?: KeepOptions;
}

export interface ResolvedPoolOptions {
  readonly processes: number;
  readonly spares: number;
  readonly queues: QueueFactory | undefined;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  readonly results: Queue<unknown> | undefined;
  readonly limits: Limits | undefined;
  readonly concurrency: number;
  readonly timeoutMs: number | undefined;
  readonly maxJobsPerProcess: number | undefined;
  readonly maxMemoryBytes: number | undefined;
  readonly memoryBytes: number;
  readonly maxQueue: number;
  readonly idleTimeoutMs: number | undefined;
  readonly closeTimeoutMs: number;
  readonly killTimeoutMs: number;
  readonly setupTimeoutMs: number;
  readonly timeoutStacks: boolean;
  readonly teardownTimeoutMs: number;
  readonly signals: readonly NodeJS.Signals[];
  readonly output: 'program' | 'response';
  readonly instances: InstanceRule;
  readonly keepFailed: ResolvedKeepFailed | undefined;
  readonly keep: Keep | undefined;
  readonly execArgv: readonly string[];
  readonly typescript: TypescriptLoading;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

const POOL_OPTIONS: Record<keyof PoolOptions, true> = {
  processes: true,
  spares: true,
  limits: true,
  concurrency: true,
  timeoutMs: true,
  maxJobsPerProcess: true,
  maxMemoryBytes: true,
  memoryBytes: true,
  maxQueue: true,
  idleTimeoutMs: true,
  closeTimeoutMs: true,
  killTimeoutMs: true,
  setupTimeoutMs: true,
  timeoutStacks: true,
  teardownTimeoutMs: true,
  signals: true,
  queues: true,
  leaseMs: true,
  maxAttempts: true,
  results: true,
  execArgv: true,
  env: true,
  logger: true,
  output: true,
  instances: true,
  keepFailed: true,
  keep: true,
};

const MIB = 1024 * 1024;
const SMALLEST_MEMORY = MIB;
const LARGEST_MEMORY = 1024 * MIB;
const MOST_PROCESSES = 1024;
/** Where the system has so much memory, one more idle process is no matter. */
const ROOMY_BYTES = 1024 * MIB;

/** @throws OptionError which names the option, what it may be, and what it was */
export function resolvePoolOptions(given: PoolOptions | number | undefined): ResolvedPoolOptions {
  const options: PoolOptions = typeof given === 'number' ? { processes: given } : (given ?? {});
  if (typeof options !== 'object')
    throw new OptionError(
      `new ProcessPool takes options or a number of processes; received ${String(given)}`,
    );
  mustKnowOptions('new ProcessPool', options, POOL_OPTIONS);
  const isInline = options.processes === 'inline';
  const wanted = isInline ? 1 : (options.processes ?? usableProcessors());
  const processes = whole('processes', wanted, options.queues === undefined ? 1 : 0, MOST_PROCESSES);
  const memoryBytes = options.memoryBytes ?? defaultMemoryBytes(processes);
  return {
    processes,
    spares: sparesOf(options, processes),
    queues: functionOrNone('queues', options.queues, 'a factory of queues'),
    leaseMs: limit('leaseMs', options.leaseMs) ?? 30_000,
    maxAttempts: whole('maxAttempts', options.maxAttempts ?? 3, 1),
    results: resultsOf(options.results),
    limits: options.limits && resolveLimits(options.limits),
    concurrency: whole('concurrency', options.concurrency ?? 1, 1, 65_535),
    timeoutMs: limit('timeoutMs', options.timeoutMs),
    maxJobsPerProcess: limit('maxJobsPerProcess', options.maxJobsPerProcess),
    maxMemoryBytes: limit('maxMemoryBytes', options.maxMemoryBytes),
    memoryBytes: whole('memoryBytes', memoryBytes, SMALLEST_MEMORY, LARGEST_MEMORY),
    maxQueue: maxQueueOf(options.maxQueue),
    idleTimeoutMs: timer(limit('idleTimeoutMs', options.idleTimeoutMs)),
    closeTimeoutMs: milliseconds('closeTimeoutMs', options.closeTimeoutMs ?? 30_000),
    killTimeoutMs: milliseconds('killTimeoutMs', options.killTimeoutMs ?? 1_000),
    setupTimeoutMs: milliseconds('setupTimeoutMs', options.setupTimeoutMs ?? SETUP_TIMEOUT_MS),
    timeoutStacks: yesOrNo('timeoutStacks', options.timeoutStacks ?? true),
    teardownTimeoutMs: milliseconds('teardownTimeoutMs', options.teardownTimeoutMs ?? 5_000),
    signals: signalsOf(options.signals),
    execArgv: execArgvOf(options.execArgv),
    typescript: typescriptLoading(),
    env: envOf(options.env),
    logger: safeLogger(loggerOf(options.logger)),
    output: outputOf(options),
    instances: instancesOf(options.instances),
    keepFailed: resolveKeepFailed(options.keepFailed),
    keep: options.keep && keepOf(options.keep),
  };
}

/** One where there is room, and processes are not to end when they have nothing to do. */
function sparesOf({ spares, idleTimeoutMs }: PoolOptions, processes: number): number {
  if (processes === 0) return 0;
  if (spares !== undefined) return whole('spares', spares, 0, MOST_PROCESSES);
  return idleTimeoutMs === undefined && usableMemoryBytes() >= ROOMY_BYTES ? 1 : 0;
}

function defaultMemoryBytes(processes: number): number {
  return Math.max(SMALLEST_MEMORY, boundedBytes(8 * MIB + Math.max(0, processes - 8) * (MIB / 2)));
}

/** As long as a timer can wait, where that is shorter. */
function timer(waitMs: number | undefined): number | undefined {
  return waitMs === undefined ? undefined : Math.min(waitMs, LONGEST_TIMER_MS);
}

const NOBODY_HEARS: readonly string[] = ['SIGKILL', 'SIGSTOP'];

function signalsOf(value: readonly NodeJS.Signals[] | undefined): readonly NodeJS.Signals[] {
  if (value === undefined) return [];
  const wrong = Array.isArray(value)
    ? value.find((signal) => !(signal in constants.signals) || NOBODY_HEARS.includes(signal))
    : value;
  if (Array.isArray(value) && wrong === undefined) return [...new Set(value)];
  throw new OptionError(
    `option signals must be names of signals that a process can hear, as ['SIGTERM', 'SIGINT']; received ${String(wrong)}`,
  );
}

function yesOrNo(name: string, value: unknown): boolean {
  if (typeof value === 'boolean') return value;
  throw new OptionError(`option ${name} must be true or false; received ${String(value)}`);
}

function maxQueueOf(value: number | undefined): number {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return Number.POSITIVE_INFINITY;
  return whole('maxQueue', value, 0);
}

function resultsOf(value: Queue<unknown> | undefined): Queue<unknown> | undefined {
  if (value === undefined || typeof (value as Partial<Queue<unknown>> | null)?.put === 'function')
    return value;
  throw new OptionError(`option results must be a queue; received ${String(value)}`);
}

function execArgvOf(value: readonly string[] | undefined): readonly string[] {
  if (value === undefined) return inheritedFlags(process.execArgv).execArgv;
  if (Array.isArray(value) && value.every((argument) => typeof argument === 'string')) return value;
  throw new OptionError(`option execArgv must be an array of arguments for node; received ${String(value)}`);
}

function envOf(value: NodeJS.ProcessEnv | undefined): NodeJS.ProcessEnv {
  if (value === undefined) return process.env;
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value;
  throw new OptionError(`option env must be an object of variables; received ${String(value)}`);
}

const LOGGER_METHODS = ['debug', 'info', 'warn', 'error'] as const;

function loggerOf(value: Logger | undefined): Logger {
  if (value === undefined) return console;
  const missing = LOGGER_METHODS.find(
    (name) => typeof (value as Partial<Logger> | null)?.[name] !== 'function',
  );
  if (missing === undefined) return value;
  throw new OptionError(
    `option logger must have the methods ${LOGGER_METHODS.join(', ')}, as console has; ${missing} is missing`,
  );
}

function outputOf({ output = 'program', concurrency, processes }: PoolOptions): 'program' | 'response' {
  if (output !== 'program' && output !== 'response')
    throw new OptionError(`option output must be 'program' or 'response'; received ${String(output)}`);
  if (output === 'response' && processes === 'inline')
    throw new OptionError(`option output must be 'program' where processes is 'inline'`);
  if (output === 'response' && (concurrency ?? 1) > 1)
    throw new OptionError(
      `option output must be 'program' where concurrency is above 1: jobs that run side by side in one process share its streams`,
    );
  return output;
}

function instancesOf(value: InstanceRule = 'warn'): InstanceRule {
  if (['warn', 'refuse', 'allow'].includes(value)) return value;
  throw new OptionError(`option instances must be 'warn', 'refuse' or 'allow'; received ${String(value)}`);
}

function milliseconds(name: string, value: unknown): number {
  if (typeof value === 'number' && value >= 0) return Math.min(value, LONGEST_TIMER_MS);
  throw new OptionError(`option ${name} must be milliseconds from 0; received ${String(value)}`);
}
