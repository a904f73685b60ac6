import type { Progress, Response } from 'mproc-worker';
import type { Report } from '../report.js';
import type { OpenCall } from './call.js';
import type { Answer } from './journal-check.js';
import { wrongRejection } from './legal-rejections.js';
import { type Disturbance, wrongIn } from './legal-responses.js';

/** A job that was stopped may have been taken, and not begun, in that moment. */
const STOPPED = ['ERR_JOB_CANCELED', 'ERR_POOL_CLOSED', 'ERR_JOB_TIMEOUT'];

/** Keeps what was asked of a pool and what came of it, and checks it. */
export class History implements Disturbance {
  readonly open = new Set<OpenCall>();
  readonly answers = new Map<number, Answer>();
  readonly canceled = new Set<string>();
  /** How often the pool's own event has told of a job. */
  readonly told = new Map<string, number>();
  /** Calls and responses that came to an end; while it grows, nothing hangs. */
  settled = 0;
  isEnding = false;
  /** Processes that were killed from outside. */
  kills = 0;

  constructor(
    readonly report: Report,
    readonly innocentsMayDie: boolean,
    readonly hasCrashes: boolean,
    readonly mayRunAgain: boolean,
  ) {}

  wasCanceled(jobId: string): boolean {
    return this.canceled.has(jobId);
  }

  problem(call: OpenCall, text: string): void {
    this.report.problem(`call ${call.number} (${call.form}): ${text}`);
  }

  onResponse(call: OpenCall, index: number, response: Response<unknown>): void {
    this.settled += 1;
    const plan = call.plans[index];
    if (plan === undefined)
      return this.problem(call, `a response for argument ${index}, which was not taken`);
    const job = `job ${plan.id} (${plan.kind}, index ${index})`;
    if (response.index !== index) this.problem(call, `${job} has the response of index ${response.index}`);
    if (call.responses[index] !== undefined) this.problem(call, `${job} was answered twice`);
    call.responses[index] = response;
    const wrong = wrongIn(plan, response, call, this);
    if (wrong !== undefined) this.problem(call, `${job} ${wrong}`);
    this.#checkReports(call, plan.reports, plan.kind, response);
    const known = call.jobIds.get(response.jobId);
    if (known !== undefined && known !== index) this.problem(call, `${job} has the id of index ${known}`);
    this.note(plan.id, response);
  }

  note(id: number, response: Response<unknown> | undefined): void {
    if (this.answers.has(id)) return;
    const { code } = Object(response?.error ?? {}) as { code?: string };
    const wasStopped = response === undefined || STOPPED.includes(code ?? '') || this.isEnding;
    const attempts = wasStopped ? undefined : response.attempts.length;
    this.answers.set(id, { atUs: process.hrtime.bigint() / 1_000n, attempts, wasStopped });
  }

  onProgress(call: OpenCall, { jobId, value }: Pick<Progress, 'jobId' | 'value'>): void {
    if (jobId === undefined) return;
    const { at } = value as { at: number };
    if (at === -1) return;
    const told = call.reports.get(jobId);
    if (told === undefined) call.reports.set(jobId, [at]);
    else told.push(at);
  }

  #checkReports(call: OpenCall, reports: number, kind: string, { ok, jobId }: Response<unknown>): void {
    if (kind !== 'progress' || !call.hearsProgress) return;
    const told = call.reports.get(jobId) ?? [];
    const inOrder = told.every((at, index) => at === 0 || at === told[index - 1]! + 1);
    const isComplete = told.at(-1) === reports - 1;
    if (!inOrder || (ok && !isComplete))
      this.problem(call, `progress of ${jobId}, which tells 0 to ${reports - 1}: ${told.join(' ')}`);
  }

  onRejected(call: OpenCall, error: unknown): void {
    this.settled += 1;
    const wrong = wrongRejection(error, call, this);
    if (wrong !== undefined) this.problem(call, wrong);
    this.close(call);
  }

  onMapped(call: OpenCall, responses: readonly Response<unknown>[]): void {
    if (responses.length !== call.plans.length)
      this.problem(call, `${responses.length} responses for ${call.plans.length} arguments`);
    for (const [index, response] of responses.entries()) this.onResponse(call, index, response);
    this.close(call);
  }

  onRead(call: OpenCall): void {
    const missing = call.plans.findIndex((_, index) => call.responses[index] === undefined);
    if (missing !== -1 && !call.isReturned && !call.isAborted)
      this.problem(call, `argument ${missing} of ${call.plans.length} was not answered`);
    this.close(call);
  }

  close(call: OpenCall): void {
    this.settled += 1;
    this.open.delete(call);
    // What was not answered is stopped from now on.
    for (const { id } of call.plans) this.note(id, undefined);
  }

  onEvent(response: Response<unknown>): void {
    this.settled += 1;
    const times = (this.told.get(response.jobId) ?? 0) + 1;
    this.told.set(response.jobId, times);
    if (times > 1) this.report.problem(`the pool told ${times} times of the response of ${response.jobId}`);
  }
}
