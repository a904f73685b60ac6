import { constants } from 'node:os';
import { LONGEST_TIMER_MS } from '../clock/timers.js';
import type { Logger } from '../contracts/logger.js';
import type { Queue, QueueFactory } from '../contracts/queue.js';
import { OptionError } from '../errors/errors.js';
import { boundedBytes, usableProcessors } from '../limits/limits.js';
import { functionOrNone } from '../options/function-or-none.js';
import { mustKnowOptions } from '../options/known-options.js';
import { limit } from '../options/limit.js';
import type { InstanceRule } from '../values/index.js';
import { SETUP_TIMEOUT_MS } from '../worker/class-setup.js';
import { inheritedFlags } from './node-flags.js';
import { safeLogger } from './safe-logger.js';
import { type TypescriptLoading, typescriptLoading } from './typescript.js';

/** Everything a pool can be told; all of it is optional. */
export interface PoolOptions {
  /**
   * How many processes do the work; `'inline'` runs jobs in this process, as for unit tests and debuggers: what values become,
   * retries, listeners, progress and aborts are as with processes, but nothing stops a job that never waits.
   * @default os.availableParallelism(), or the processors that a container may use where it has fewer
   */
  readonly processes?: number | 'inline';
  /** Where jobs wait when others serve them too; used by `submit` and `work`. @default shared memory */
  readonly queues?: QueueFactory;
  /** How long a job is its host's before others may take it, with `queues`, in milliseconds; renewed while it runs. @default 30,000 */
  readonly leaseMs?: number;
  /** How many hosts may lose a job before it is given up, with `queues`. @default 3 */
  readonly maxAttempts?: number;
  /** A queue that every response is also put on. @default none */
  readonly results?: Queue<unknown>;
  /** How many jobs one process runs side by side; more than 1 helps jobs that wait. @default 1 */
  readonly concurrency?: number;
  /**
   * How long an attempt may run, in milliseconds; a busy loop is stopped too. A module that a process has to load first
   * may take as long again, and 5,000 at least. @default no limit
   */
  readonly timeoutMs?: number;
  /** A process is replaced after so many jobs. @default no limit */
  readonly maxJobsPerProcess?: number;
  /** A process whose resident memory is larger after a job is replaced, in bytes. @default no limit */
  readonly maxMemoryBytes?: number;
  /**
   * Size of the shared segment, in bytes.
   * @default 8 MiB, and 512 KiB for each process beyond the eighth; no more than an eighth of the memory that a container has
   */
  readonly memoryBytes?: number;
  /** How many jobs of `run` may wait; one more is refused with `ERR_POOL_FULL`. @default no limit */
  readonly maxQueue?: number;
  /** A process that has nothing to do for so long ends, in milliseconds; it is made anew when needed. @default never */
  readonly idleTimeoutMs?: number;
  /** How long `close` waits for jobs before it becomes `destroy`, in milliseconds. @default 30,000 */
  readonly closeTimeoutMs?: number;
  /** How long a job that was told to stop has until its process is killed, in milliseconds. @default 1,000 */
  readonly killTimeoutMs?: number;
  /**
   * How long `setup` of a worker may take in a process, in milliseconds. It does not count as time of a job.
   * @default 30,000
   */
  readonly setupTimeoutMs?: number;
  /** How long `teardown` of the workers of a process may take, each, in milliseconds. @default 5,000 */
  readonly teardownTimeoutMs?: number;
  /**
   * Signals of this process that end the pool. On the first, running jobs finish and the rest fails with
   * `ERR_POOL_CLOSED`: `map` gives all responses. On a second one, a quarter of a second later or more, the pool ends at
   * once. Then the process ends by the signal, unless it has listeners of its own: its exit code is 128 + the signal's
   * number for a shell. @default none, as signals are the program's own
   */
  readonly signals?: readonly NodeJS.Signals[];
  /**
   * Flags of Node.js for the children. They load TypeScript as this process does, whatever these are.
   * @default this process's own, without those for a debugger, tests, or code to evaluate
   */
  readonly execArgv?: readonly string[];
  /** Environment of the children. @default this process's own */
  readonly env?: NodeJS.ProcessEnv;
  /** Where failing listeners and the like are reported. @default console */
  readonly logger?: Logger;
  /**
   * Where goes what jobs print. `'program'`: to stdout and stderr of this program. `'response'`: to `output` of the job's
   * response, and nowhere else; only with a `concurrency` of 1, as jobs side by side share the streams of their process.
   * @default 'program'
   */
  readonly output?: 'program' | 'response';
  /**
   * What becomes of instances of classes with methods, which arrive as plain objects of their properties. `'warn'`: they
   * are sent, and the logger hears of each class once. `'refuse'`: they fail with `ERR_VALUE`. `'allow'`: they are sent.
   * @default 'warn'
   */
  readonly instances?: InstanceRule;
}

export interface ResolvedPoolOptions {
  readonly processes: number;
  readonly queues: QueueFactory | undefined;
  readonly leaseMs: number;
  readonly maxAttempts: number;
  readonly results: Queue<unknown> | undefined;
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
  readonly teardownTimeoutMs: number;
  readonly signals: readonly NodeJS.Signals[];
  readonly output: 'program' | 'response';
  readonly instances: InstanceRule;
  readonly execArgv: readonly string[];
  readonly typescript: TypescriptLoading;
  readonly env: NodeJS.ProcessEnv;
  readonly logger: Logger;
}

const POOL_OPTIONS: Record<keyof PoolOptions, true> = {
  processes: true,
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
};

const MIB = 1024 * 1024;
const SMALLEST_MEMORY = MIB;
const LARGEST_MEMORY = 1024 * MIB;
const MOST_PROCESSES = 1024;

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
  const processes = whole('processes', wanted, 1, MOST_PROCESSES);
  const memoryBytes = options.memoryBytes ?? defaultMemoryBytes(processes);
  return {
    processes,
    queues: functionOrNone('queues', options.queues, 'a factory of queues'),
    leaseMs: limit('leaseMs', options.leaseMs) ?? 30_000,
    maxAttempts: whole('maxAttempts', options.maxAttempts ?? 3, 1),
    results: resultsOf(options.results),
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
    teardownTimeoutMs: milliseconds('teardownTimeoutMs', options.teardownTimeoutMs ?? 5_000),
    signals: signalsOf(options.signals),
    execArgv: execArgvOf(options.execArgv),
    typescript: typescriptLoading(),
    env: envOf(options.env),
    logger: safeLogger(loggerOf(options.logger)),
    output: outputOf(options),
    instances: instancesOf(options.instances),
  };
}

function defaultMemoryBytes(processes: number): number {
  return Math.max(SMALLEST_MEMORY, boundedBytes(8 * MIB + Math.max(0, processes - 8) * (MIB / 2)));
}

/** @throws OptionError */
export function whole(
  name: string,
  value: unknown,
  smallest: number,
  largest = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isInteger(value) && (value as number) >= smallest && (value as number) <= largest)
    return value as number;
  const range = largest === Number.MAX_SAFE_INTEGER ? `from ${smallest}` : `from ${smallest} to ${largest}`;
  throw new OptionError(`option ${name} must be a whole number ${range}; received ${String(value)}`);
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
