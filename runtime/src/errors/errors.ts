import type { ErrorCode } from './codes.js';

const NO_RETRY = 'ERR_NO_RETRY';

/** Every error that this package makes; `code` is stable, the message is not. */
export class MprocError extends Error {
  /** Stable, other than the message. */
  readonly code: ErrorCode;

  constructor(code: ErrorCode, message: string, options?: ErrorOptions) {
    super(message, options);
    this.code = code;
  }

  /** The name of the class. */
  override get name(): string {
    return this.constructor.name;
  }
}

/** A programmer's mistake: an option or argument that is not allowed. */
export class OptionError extends TypeError {
  /** Always this. */
  readonly code: ErrorCode = 'ERR_OPTION';
  /** The name of the class. */
  override readonly name = 'OptionError';
}

/** A value that cannot cross to another process. */
export class ValueError extends TypeError {
  /** Always this. */
  readonly code: ErrorCode = 'ERR_VALUE';
  /** The name of the class. */
  override readonly name = 'ValueError';
  /** Where in the value it is, as `args.items[3].fn`. */
  readonly path: string;

  constructor(path: string, problem: string, options?: ErrorOptions) {
    super(`${path} ${problem}`, options);
    this.path = path;
  }
}

/** The process of a job died. */
export class ProcessCrashedError extends MprocError {
  /** The signal that ended the process. */
  readonly signal: NodeJS.Signals | undefined;
  /** The exit code of the process, or 128 + the number of the signal. */
  readonly exitCode: number;
  /** The process. */
  readonly pid: number;
  /** The end of what the process wrote to stderr, at most 8 KiB; empty where the answer came over a queue that others serve. */
  readonly stderr: string;

  constructor(death: {
    jobId: string;
    signal: NodeJS.Signals | undefined;
    exitCode: number;
    pid: number;
    stderr: string;
    /** What it wrote that it should not, where it was ended for that. */
    corruption?: string | undefined;
    /** How large its heap could be, in MiB, where it ended because that was full. */
    fullHeapMib?: number | undefined;
  }) {
    const how =
      death.signal === undefined ? `exited with code ${death.exitCode}` : `was ended by ${death.signal}`;
    const crash = `process ${death.pid} ${how} while it ran job ${death.jobId}${heapText(death.fullHeapMib)}`;
    if (death.corruption === undefined) super('ERR_PROCESS_CRASHED', crash);
    else super('ERR_PROCESS_CORRUPT', `${crash}: it had written ${death.corruption} into shared memory`);
    this.signal = death.signal;
    this.exitCode = death.exitCode;
    this.pid = death.pid;
    this.stderr = death.stderr;
  }
}

function heapText(limitMib: number | undefined): string {
  if (limitMib === undefined) return '';
  const more = `--max-old-space-size=${2 * limitMib}`;
  return `: its JavaScript heap was full, at a limit of ${limitMib} MiB; let the job hold less at once, or raise the limit with the pool option execArgv: ['${more}']`;
}

/** A job ran longer than it was allowed to. */
export class JobTimeoutError extends MprocError {
  /** How long it was allowed to run, in milliseconds. */
  readonly timeoutMs: number;

  /** @param where the first line of its stack */
  constructor(jobId: string, timeoutMs: number, what = 'ran', where = '') {
    const at = where === '' ? '' : ` ${where}`;
    super('ERR_JOB_TIMEOUT', `job ${jobId} ${what} longer than ${timeoutMs} ms and was stopped${at}`);
    this.timeoutMs = timeoutMs;
  }
}

/** A job was canceled. */
export class JobCanceledError extends MprocError {
  constructor(jobId: string, options?: ErrorOptions) {
    super('ERR_JOB_CANCELED', `job ${jobId} was canceled`, options);
  }
}

/** A job was not begun in time, and will not be. */
export class JobExpiredError extends MprocError {
  /** How long after its call it might have begun, in milliseconds. */
  readonly expiresAfterMs: number;

  constructor(jobId: string, expiresAfterMs: number) {
    super('ERR_JOB_EXPIRED', `job ${jobId} was not begun within ${expiresAfterMs} ms, and will not be`);
    this.expiresAfterMs = expiresAfterMs;
  }
}

/**
 * Thrown by a job that knows that no other attempt would succeed, as of input that is wrong: it fails at once, and its
 * retry strategy is not asked. A class of your own may extend it.
 */
export class NoRetry extends MprocError {
  constructor(message: string, options?: ErrorOptions) {
    super(NO_RETRY, message, options);
  }
}

/** Has a job said so itself? By its code, as an error of a user's class has lost its class on the way from the child. */
export function forbidsRetry(error: Error): boolean {
  return (error as { code?: unknown }).code === NO_RETRY;
}

/** The caller's own signal was aborted; named as in the rest of Node.js. */
export class AbortError extends MprocError {
  constructor(signal: AbortSignal) {
    super('ABORT_ERR', 'the operation was aborted', { cause: signal.reason });
  }
}

/** More jobs of `run` wait than `maxQueue` allows. */
export class PoolFullError extends MprocError {
  constructor(maxQueue: number) {
    super(
      'ERR_POOL_FULL',
      `${maxQueue} jobs wait already, which is all that maxQueue allows; wait for some to finish`,
    );
  }
}

/** The pool was closed or destroyed. */
export class PoolClosedError extends MprocError {
  constructor(message = 'the pool is closed; make a new one') {
    super('ERR_POOL_CLOSED', message);
  }
}

/** A worker's module could not be loaded. */
export class ModuleLoadError extends MprocError {}

/** The queue was closed. */
export class QueueClosedError extends MprocError {
  constructor(name: string) {
    super('ERR_QUEUE_CLOSED', `queue ${name} is closed; open it again to use it`);
  }
}

/** The queue has no room for the value. */
export class QueueFullError extends MprocError {
  constructor(name: string, message = `queue ${name} has no room; take values out, or make it larger`) {
    super('ERR_QUEUE_FULL', message);
  }
}

/** The engine of a queue cannot be reached, does not answer, or refuses to serve. */
export class QueueUnavailableError extends MprocError {
  /** What keeps the values, as `postgres`. */
  readonly engine: string;
  /** Where it is, without a password. */
  readonly address: string;
  /** Trying again is of no use: a person has to mend it. */
  readonly permanent: boolean;

  constructor(
    name: string,
    place: { readonly engine: string; readonly address: string; readonly permanent: boolean },
    cause: Error,
  ) {
    const problem = place.permanent ? 'refuses to serve' : 'cannot be reached';
    super(
      'ERR_QUEUE_UNAVAILABLE',
      `queue ${name}: ${place.engine} at ${place.address} ${problem}: ${cause.message}`,
      { cause },
    );
    this.engine = place.engine;
    this.address = place.address;
    this.permanent = place.permanent;
  }
}

/** This queue cannot do what it was asked for. */
export class UnsupportedError extends MprocError {
  constructor(subject: string, ability: string) {
    super('ERR_UNSUPPORTED', `${subject} does not support ${ability}; its \`supports\` tells what it can do`);
  }
}
