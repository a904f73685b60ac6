import { closeSync, openSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolder } from '../cache/make-folder.js';
import { wallClockMs } from '../clock/wall-clock-ms.js';
import type { Logger } from '../contracts/logger.js';
import type { Attempt } from '../contracts/response.js';
import type { WorkerPlace } from '../pool/protocol.js';
import { decodeRecord, encodeRecord } from '../queues/wire/index.js';
import { pack, unpack } from '../values/index.js';
import { type FailedJob, writeFailedJob } from './failed-job.js';
import type { ResolvedKeepFailed } from './keep-failed.js';

/** Larger arguments are not kept: to write them as text would hold the program up for seconds. */
const LARGEST_BYTES = 64 * 1024 * 1024;
const ENDING = '.failed-job.json';
const PARTIAL = '.partial';
/** Whoever writes a file is done by then, in milliseconds. */
const ABANDONED_MS = 60_000;

/** A job that has failed for good, as its pool knows it. */
export interface LastFailure {
  readonly place: WorkerPlace;
  readonly jobId: string;
  /** The arguments as they were sent, packed. @throws where they are gone, or too large to be copied */
  packedArgs(mostBytes: number): Uint8Array;
  /** The fields that the last attempt began with, packed; empty where there are none. */
  readonly state: Uint8Array;
  readonly error: Error;
  readonly attempts: readonly Attempt[];
}

/** What the processes of a pool were started with. */
export interface StartedWith {
  readonly execArgv: readonly string[];
  readonly tsx: string | undefined;
}

/** Files of failed jobs in a folder, which other pools may use, too. */
export class FailedJobFiles {
  readonly #folder: string;
  readonly #most: number;
  readonly #startedWith: StartedWith;
  readonly #logger: Logger;
  #lastProblem = '';
  #count = 0;

  constructor({ folder, most }: ResolvedKeepFailed, startedWith: StartedWith, logger: Logger) {
    this.#folder = folder;
    this.#most = most;
    this.#startedWith = startedWith;
    this.#logger = logger;
  }

  /** @returns the file; `undefined` where it could not be written, which is reported and changes nothing else */
  keep(failure: LastFailure): string | undefined {
    try {
      const { text, isWhole } = this.#textOf(failure);
      const path = this.#write(failure.place.exportName, failure.jobId, text);
      if (isWhole) this.#lastProblem = '';
      this.#removeOldestOrReport(failure.jobId);
      return path;
    } catch (error) {
      this.#report(failure.jobId, error as Error);
      return undefined;
    }
  }

  /** The job is kept, whatever becomes of older files; the next one tries again. */
  #removeOldestOrReport(jobId: string): void {
    try {
      this.#removeOldest();
    } catch (error) {
      this.#report(jobId, error as Error, `older files could not be removed from ${this.#folder}`);
    }
  }

  #textOf(failure: LastFailure): { text: string; isWhole: boolean } {
    const { place, jobId, error, attempts } = failure;
    const { execArgv, tsx } = this.#startedWith;
    const common = {
      ...place,
      jobId,
      failedAt: new Date(wallClockMs()).toISOString(),
      node: process.version,
      execArgv,
      tsx,
      error: writable(error),
      attempts: attempts.map((attempt) => ({ ...attempt, error: writable(attempt.error) })),
    };
    try {
      const args = asWritten(failure.packedArgs(LARGEST_BYTES));
      const state = failure.state.length === 0 ? NO_STATE : asWritten(failure.state);
      const isExact = args.isExact && state.isExact;
      const job = { ...common, args: args.value, state: state.value, problem: undefined, isExact };
      return { text: writeFailedJob(job as FailedJob), isWhole: true };
    } catch (problem) {
      const { message } = problem as Error;
      this.#report(jobId, problem as Error, 'cannot be replayed');
      const job = { ...common, args: undefined, state: undefined, problem: message, isExact: false };
      return { text: writeFailedJob(job), isWhole: false };
    }
  }

  /** Whole or not at all, and under its name only when it is whole. */
  #write(className: string, jobId: string, text: string): string {
    makeFolder(this.#folder, 0o700);
    const path = join(this.#folder, this.#nameFor(className, jobId));
    const partial = `${path}.${process.pid}${PARTIAL}`;
    try {
      // Never through a link that somebody has put there.
      const fd = openSync(partial, 'wx', 0o600);
      try {
        writeFileSync(fd, text);
      } finally {
        closeSync(fd);
      }
      renameSync(partial, path);
    } catch (error) {
      rmSync(partial, { force: true });
      throw error;
    }
    return path;
  }

  /** In the order of time. */
  #nameFor(className: string, jobId: string): string {
    const time = new Date(wallClockMs()).toISOString().replaceAll(':', '-');
    this.#count += 1;
    const count = String(this.#count % 1_000_000).padStart(6, '0');
    const job = [className, jobId].map((part) => part.replaceAll(/[^\w.-]/g, '_').slice(0, 80));
    return `${[time, count, ...job].join('_')}${ENDING}`;
  }

  #removeOldest(): void {
    const names = readdirSync(this.#folder);
    const whole = names.filter((name) => name.endsWith(ENDING)).sort();
    const old = whole.slice(0, Math.max(0, whole.length - this.#most));
    const abandoned = names.filter((name) => this.#isAbandoned(name));
    for (const name of [...old, ...abandoned]) rmSync(join(this.#folder, name), { force: true });
  }

  /** Left by a process that died while it wrote. */
  #isAbandoned(name: string): boolean {
    if (!name.includes(ENDING) || !name.endsWith(PARTIAL)) return false;
    const stat = statSync(join(this.#folder, name), { throwIfNoEntry: false });
    return stat !== undefined && wallClockMs() - stat.mtimeMs > ABANDONED_MS;
  }

  /** Once for each problem in a row: a full disk is no news for each of ten thousand jobs. */
  #report(jobId: string, problem: Error, what = `could not be kept in ${this.#folder}`): void {
    const { code = problem.message } = problem as NodeJS.ErrnoException;
    if (code === this.#lastProblem) return;
    this.#lastProblem = code;
    this.#logger.error(
      `job ${jobId} has failed, and ${what}: ${problem.message.replaceAll(/\s*\n\s*/g, ' ')}`,
    );
  }
}

const NO_STATE = { value: undefined, isExact: true };

/** What is read again of a value when it has been written, and whether it is the same. */
function asWritten(packed: Uint8Array): { value: unknown; isExact: boolean } {
  const bytes = Buffer.from(packed.buffer, packed.byteOffset, packed.length);
  const value = unpack(bytes, 0, bytes.length);
  const read = decodeRecord(encodeRecord(value));
  return { value, isExact: bytes.equals(pack(read, 'value')) };
}

/** An error with something in it that cannot be written is its name and message. */
function writable(error: Error | undefined): unknown {
  try {
    encodeRecord(error);
    return error;
  } catch {
    const plain = new Error(error?.message);
    return Object.assign(plain, { name: error?.name, stack: error?.stack });
  }
}
