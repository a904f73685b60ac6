import { isDeepStrictEqual } from 'node:util';
import type { Response, SharedArray } from 'mproc-worker';
import type { OpenCall } from './call.js';
import type { JobPlan } from './job.js';
import { arrayValues, checksum, fill, smallValue } from './job-values.js';
import { crashes } from './settings.js';

/** What has happened to a pool that makes more answers legal. */
export interface Disturbance {
  readonly innocentsMayDie: boolean;
  /** Some jobs of the round end their process. */
  readonly hasCrashes: boolean;
  /** An attempt may begin anew, at no cost, because another job of its process was ended. */
  readonly mayRunAgain: boolean;
  readonly isEnding: boolean;
  /** Processes that were killed from outside. */
  readonly kills: number;
  wasCanceled(jobId: string): boolean;
}

type Failed = Extract<Response<unknown>, { ok: false }>;

/** What is wrong with an answer; `undefined` when it is one of those that the job may have. */
export function wrongIn(
  plan: JobPlan,
  response: Response<unknown>,
  call: OpenCall,
  around: Disturbance,
): string | undefined {
  const problem = response.ok
    ? wrongBody(plan, response.body, response.attempts.length, around)
    : wrongFailure(plan, response, call, around);
  return problem ?? wrongAttempts(response, call, around);
}

function wrongBody(plan: JobPlan, body: unknown, attempts: number, around: Disturbance): string | undefined {
  const { id, kind, succeedsAt, lengthBytes } = plan;
  const given = body as {
    id?: number;
    value?: unknown;
    bytes?: Uint8Array;
    sum?: number;
    array?: SharedArray;
  };
  if (given?.id !== id) return `has the body of another: ${JSON.stringify(given)?.slice(0, 100)}`;
  switch (kind) {
    case 'throw':
    case 'fail':
    case 'crash':
    case 'exit':
    case 'uncaught':
    case 'rejection':
    case 'unsendableResult':
    case 'unsendableError':
    case 'unsendableArgs':
    case 'throwingGetter':
      return 'succeeded, which it cannot';
    case 'flaky':
    case 'flakyCrash':
      return attempts < succeedsAt ? `succeeded in attempt ${attempts}, before ${succeedsAt}` : undefined;
    case 'echo':
      return isDeepStrictEqual(given.value, smallValue(id)) ? undefined : 'gave back another value';
    case 'big':
      return isDeepStrictEqual(given.bytes, fill(lengthBytes, id)) ? undefined : 'gave other bytes';
    case 'bigIn':
      return given.sum === checksum(fill(lengthBytes, id)) ? undefined : 'got other bytes';
    case 'array':
    case 'closedArray':
      return wrongArray(plan, given.sum!, attempts > 1 || around.innocentsMayDie || around.mayRunAgain);
    case 'arrayResult':
      return isDeepStrictEqual(given.array?.values, arrayValues(id, 1 + (lengthBytes % 1_000)))
        ? undefined
        : 'gave another shared array';
    default:
      return undefined;
  }
}

/** An earlier attempt, or one that does not count as it ended with its neighbour, may have left its mark in it. */
function wrongArray({ id }: JobPlan, sum: number, mayHaveRun: boolean): string | undefined {
  const values = arrayValues(id, 1 + (id % 5_000));
  if (sum === checksum(values)) return undefined;
  values[0] = -id;
  return mayHaveRun && sum === checksum(values) ? undefined : 'got another shared array';
}

function wrongFailure(
  plan: JobPlan,
  { error, jobId, exitCode, attempts }: Failed,
  call: OpenCall,
  around: Disturbance,
): string | undefined {
  const { code = 'none', message } = error as Error & { code?: string };
  const told = `failed with ${code}: ${message.slice(0, 200)}`;
  switch (code) {
    case 'ERR_PROCESS_CRASHED':
      return crashes(plan.kind) || around.innocentsMayDie || mayLoseResult(plan, around) ? undefined : told;
    case 'ERR_JOB_TIMEOUT':
      return call.limitMs === undefined ? told : undefined;
    case 'ERR_JOB_CANCELED':
      return around.wasCanceled(jobId) ? undefined : told;
    case 'ERR_POOL_CLOSED':
      return around.isEnding ? undefined : told;
    case 'ERR_VALUE':
    case 'ERR_VALUE_DECODE':
      return mayBeUnreadable(plan, around) ? undefined : told;
    default:
      return wrongError(plan, message, exitCode, attempts.length) ?? undefined;
  }
}

/** A result outside of the ring goes with its process, which may run a job that ends it before the parent has read the result. */
function mayLoseResult({ kind }: JobPlan, around: Disturbance): boolean {
  return around.hasCrashes && (kind === 'big' || kind === 'arrayResult');
}

function mayBeUnreadable({ kind }: JobPlan, around: Disturbance): boolean {
  if (['unsendableResult', 'unsendableError', 'unsendableArgs', 'throwingGetter'].includes(kind)) return true;
  // The process that made it may end before the parent has it.
  return kind === 'closedArray' || kind === 'arrayResult' || (kind === 'array' && around.isEnding);
}

function wrongError(plan: JobPlan, message: string, exitCode: number, attempts: number): string | undefined {
  const { id, kind, succeedsAt } = plan;
  const isBoom = message === `boom ${id}`;
  if (isBoom && (kind === 'throw' || kind === 'unsendableError')) return undefined;
  if (isBoom && kind === 'fail') return exitCode === 7 ? undefined : `has exit code ${exitCode}, not 7`;
  if (isBoom && kind === 'flaky' && attempts < succeedsAt) return undefined;
  if (kind === 'throwingGetter' && message.includes(`getter ${id}`)) return undefined;
  return `failed with another error: ${message.slice(0, 300)}`;
}

const NOT_OF_AN_ATTEMPT = ['ERR_JOB_CANCELED', 'ERR_POOL_CLOSED', 'ERR_VALUE', 'ERR_VALUE_DECODE'];

function wrongAttempts(response: Response<unknown>, call: OpenCall, around: Disturbance): string | undefined {
  const { attempts, ok, error } = response;
  const most = call.strategy?.maxAttempts ?? 1;
  if (attempts.length > most)
    return `has ${attempts.length} attempts of at most ${most}: ${attempts.map(({ error }) => error?.message ?? 'ok').join(' | ')}`;
  if (ok) return attempts.length === 0 ? 'succeeded without an attempt' : undefined;
  const { code = '' } = error as { code?: string };
  if (NOT_OF_AN_ATTEMPT.includes(code) || around.isEnding) return undefined;
  const kind = code === 'ERR_PROCESS_CRASHED' ? 'crash' : code === 'ERR_JOB_TIMEOUT' ? 'timeout' : 'error';
  const isDue = call.strategy?.retries[kind] === true && !around.wasCanceled(response.jobId);
  if (isDue && attempts.length < most) return `was given up after ${attempts.length} of ${most} attempts`;
  return attempts.length === 0 ? `failed with ${code} ${error?.message} without an attempt` : undefined;
}
