import { MprocError } from '../errors/errors.js';
import type { WorkerPlace } from '../pool/protocol.js';
import { decodeRecord, encodeRecord } from '../queues/wire/index.js';

const MARK = 'failed job';
/** Of the file as a whole; its values say of themselves which version of the form they have. */
const VERSION = 1;

/** How one attempt went. */
export interface FailedJobAttempt {
  readonly error: unknown;
  readonly exitCode: number;
  readonly signal: string | undefined;
  readonly pid: number;
  readonly queuedMs: number;
  readonly runMs: number;
}

/** All that is needed to run a job again, and what became of it. */
export interface FailedJob extends WorkerPlace {
  readonly jobId: string;
  /** ISO 8601. */
  readonly failedAt: string;
  /** Version of Node.js, and the flags that the process of the job had. */
  readonly node: string;
  readonly execArgv: readonly string[];
  /** URL of the tsx that the program was started with. */
  readonly tsx: string | undefined;
  /** Why the arguments or the fields could not be written; there are none then. */
  readonly problem: string | undefined;
  /** Do arguments and fields come back in every detail? Typed arrays that share memory get memory of their own. */
  readonly isExact: boolean;
  readonly args: unknown;
  /** The worker's own fields, as the last attempt found them. */
  readonly state: Readonly<Record<string, unknown>> | undefined;
  readonly error: unknown;
  readonly attempts: readonly FailedJobAttempt[];
}

/** One field in each line, so that a person finds them; values are as in a record of a queue. */
export function writeFailedJob(job: FailedJob): string {
  const { args, state, error, attempts, ...plain } = job;
  const records = {
    args: encodeRecord(args),
    state: encodeRecord(state),
    error: encodeRecord(error),
    attempts: encodeRecord(attempts),
  };
  const lines = [
    ...Object.entries({ mproc: MARK, version: VERSION, ...plain })
      .filter(([, value]) => value !== undefined)
      .map(([key, value]) => `  ${JSON.stringify(key)}: ${JSON.stringify(value)}`),
    ...Object.entries(records).map(([key, record]) => `  ${JSON.stringify(key)}: ${record}`),
  ];
  return `{\n${lines.join(',\n')}\n}\n`;
}

/** @throws MprocError `ERR_FAILED_JOB_FILE`, with what is wrong in one line */
export function readFailedJob(text: string, path: string): FailedJob {
  const parsed = parse(text, path);
  if (parsed.mproc !== MARK) throw fileError(path, 'is no file of a failed job');
  if (parsed.version !== VERSION)
    throw fileError(
      path,
      `has version ${JSON.stringify(parsed.version)} and this mproc-worker reads version ${VERSION}; use the version that wrote it`,
    );
  for (const key of ['module', 'exportName', 'classText', 'jobId', 'failedAt', 'node'])
    if (typeof parsed[key] !== 'string') throw damaged(path, `${key} must be a text`);
  const { place, execArgv, tsx, problem } = parsed;
  if (place !== undefined && !Number.isInteger(place)) throw damaged(path, 'place must be a whole number');
  if (!Array.isArray(execArgv) || !execArgv.every((flag) => typeof flag === 'string'))
    throw damaged(path, 'execArgv must be a list of texts');
  if (tsx !== undefined && typeof tsx !== 'string') throw damaged(path, 'tsx must be a text');
  if (problem !== undefined && typeof problem !== 'string') throw damaged(path, 'problem must be a text');
  const state = fieldOf(parsed, 'state', path);
  if (state !== undefined && (typeof state !== 'object' || state === null))
    throw damaged(path, 'state must be the fields of a worker');
  const attempts = fieldOf(parsed, 'attempts', path);
  if (!Array.isArray(attempts)) throw damaged(path, 'attempts must be a list');
  return {
    ...(parsed as unknown as FailedJob),
    place: place as number | undefined,
    isExact: parsed.isExact === true,
    args: fieldOf(parsed, 'args', path),
    state: state as Record<string, unknown> | undefined,
    error: fieldOf(parsed, 'error', path),
    attempts: attempts as FailedJobAttempt[],
  };
}

function parse(text: string, path: string): Record<string, unknown> {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw damaged(path, `it is no JSON: ${(cause as Error).message}`, cause);
  }
  if (typeof parsed === 'object' && parsed !== null) return parsed as Record<string, unknown>;
  throw fileError(path, 'is no file of a failed job');
}

function fieldOf(parsed: Record<string, unknown>, key: string, path: string): unknown {
  if (!Object.hasOwn(parsed, key)) throw damaged(path, `${key} is missing`);
  try {
    return decodeRecord(JSON.stringify(parsed[key]));
  } catch (cause) {
    throw damaged(path, `${key}: ${(cause as Error).message}`, cause);
  }
}

function damaged(path: string, problem: string, cause?: unknown): MprocError {
  return fileError(path, `is damaged: ${problem}`, cause);
}

/** @param problem what follows the path, in one line */
export function fileError(path: string, problem: string, cause?: unknown): MprocError {
  const line = `the file of a failed job ${path} ${problem}`.replaceAll(/\s*\n\s*/g, ' ');
  return new MprocError('ERR_FAILED_JOB_FILE', line, { cause });
}
