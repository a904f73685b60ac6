import { clearInterval, setInterval } from '../../clock/timers.js';
import { JobEvent } from '../../contracts/job-event.js';
import type { Queue } from '../../contracts/queue.js';
import { settledResponse } from '../../response/job-response.js';
import { within } from '../calls/caller-context.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { Caller, Job } from '../parent/job.js';
import type { JobSource } from '../parent/job-source.js';
import { LinkedList } from '../parent/linked-list.js';
import type { Route } from '../parent/route.js';
import type { AnyWorker, Task } from '../parent/task.js';
import { tellListeners } from '../parent/views.js';
import type { PoolEngine } from '../pool-engine.js';
import { BatchLog } from './batch-log.js';
import { LostJobs } from './lost-jobs.js';
import type { OpenQueues } from './open-queues.js';
import {
  errorOf,
  isReplyRecord,
  type JobRecord,
  jobQueueName,
  jobRecordOf,
  queueableName,
  type ReplyRecord,
  refusalOf,
} from './records.js';
import { ReplyReader } from './reply-reader.js';
import { retryWhileUnavailable } from './retry-while-unavailable.js';
import { SinglePuts } from './single-puts.js';
import { UnderWay } from './under-way.js';

/** Jobs that one `put` carries. */
const MOST_AT_ONCE = 64;
/** How long a server may be away before a call fails with what it said, in milliseconds. */
const RETRY_FOR_MS = 30_000;

/** How a route names its jobs and what it does with their answers. */
export interface RemoteRouteOptions {
  /** Queue that answers come back on. */
  readonly replyTo: string;
  /** A name for the jobs of a call that is the same when the call is made again. */
  readonly batch?: string;
}

/** Sends jobs over queues that others serve too, and matches the answers. */
export class RemoteRoute implements Route {
  readonly options: ResolvedPoolOptions;
  readonly #core: PoolEngine;
  readonly #openQueues: OpenQueues;
  readonly #remote: RemoteRouteOptions;
  readonly #serve: (task: Task) => void;
  readonly #answers: ReplyReader;
  readonly #pending = new UnderWay();
  readonly #singles = new SinglePuts((job) => this.#put([job]));
  readonly #callers = new Set<Caller>();
  /** Nothing more is put. */
  #isHeld = false;
  /** Only of a batch. */
  readonly #log: BatchLog | undefined;
  readonly #stopping = new AbortController();
  readonly #whenEmpty: (() => void)[] = [];
  /** Those that may have jobs now. */
  readonly #jobSources = new LinkedList<JobSource>();
  #pumping = false;
  #again = false;
  #lookTimer: NodeJS.Timeout | undefined;
  readonly #queuesUsed = new Set<Queue<unknown>>();
  readonly #lost = new LostJobs({
    waiting: (queue) => {
      const jobs = this.#pending.all().filter((job) => this.#queueOf(job) === queue);
      return new Map(jobs.map((job) => [job.jobId, job]));
    },
    fail: (job, error) => this.#onAnswer(job, refusalOf(job.jobId, error)),
    putAgain: async (jobs) => {
      for (let from = 0; from < jobs.length; from += MOST_AT_ONCE)
        await this.#put(jobs.slice(from, from + MOST_AT_ONCE));
    },
  });

  /** @param serve called for each task before its first job is put, so that this pool serves it as well */
  constructor(
    core: PoolEngine,
    openQueues: OpenQueues,
    remote: RemoteRouteOptions,
    serve: (task: Task) => void,
  ) {
    this.#core = core;
    this.options = core.options;
    this.#openQueues = openQueues;
    this.#remote = remote;
    this.#serve = serve;
    const { logger } = core.options;
    const reading = { keep: remote.batch !== undefined, leaseMs: openQueues.leaseMs, logger };
    this.#log = remote.batch === undefined ? undefined : new BatchLog();
    const onRecord = (record: unknown) => this.#onRecord(record);
    this.#answers = new ReplyReader(openQueues.answers(remote.replyTo), reading, onRecord);
    if (remote.batch === undefined) this.#readAnswers();
    const look = () => this.#pending.size > 0 && void this.#lost.look(this.#queuesUsed);
    this.#lookTimer = setInterval(look, Math.max(1_000, openQueues.leaseMs));
    this.#lookTimer.unref();
  }

  /** Reads what an earlier run of the batch has brought; its jobs are not put again. */
  async resume(signal: AbortSignal | undefined): Promise<void> {
    await this.#answers.readAll(signal);
    this.#readAnswers();
  }

  #readAnswers(): void {
    this.#answers.start((error) => {
      for (const job of this.#pending.all()) {
        this.#leave(job);
        job.caller.fail(error);
      }
    });
  }

  get isClosing(): boolean {
    return this.#core.isClosing;
  }

  get hasEnded(): boolean {
    return this.#core.hasEnded;
  }

  taskOf(worker: AnyWorker): Task {
    const task = this.#core.taskOf(worker);
    queueableName(task.workerClass);
    return task;
  }

  nextCall(): number {
    return this.#core.nextCall();
  }

  jobIdPrefix(task: Task, call: number): string {
    const { batch } = this.#remote;
    return batch === undefined ? `${task.prefix}.${call}` : `batch.${batch}`;
  }

  addCaller(caller: Caller): void {
    this.#callers.add(caller);
    this.#core.addRemoteCaller(caller);
  }

  removeCaller(caller: Caller): void {
    this.#callers.delete(caller);
    this.#core.removeCaller(caller);
    this.#tellIfEmpty();
  }

  admit(task: Task): void {
    this.#core.admit(task);
  }

  submit(job: Job): void {
    this.admit(job.task);
    this.#singles.add(job);
  }

  /** Puts no more jobs; what lies on the queues is others' to run. */
  hold(): void {
    this.#isHeld = true;
    this.#singles.hold();
  }

  /** Hears the answers that there are. */
  async catchUp(): Promise<void> {
    await this.#answers.catchUp();
  }

  addJobSource(jobSource: JobSource): void {
    this.#jobSources.push(jobSource);
    this.#nudge();
  }

  #nudge(): void {
    this.#again = true;
    if (!this.#pumping) void this.#pump();
  }

  async #pump(): Promise<void> {
    this.#pumping = true;
    while (this.#again) {
      this.#again = false;
      while (!this.#isHeld && this.#pending.hasRoom(0)) {
        const jobSource = this.#jobSources.shift();
        if (jobSource === undefined) break;
        const mayHaveMore = await this.#pumpFrom(jobSource);
        if (mayHaveMore && !jobSource.isDone) this.#jobSources.push(jobSource);
      }
    }
    this.#pumping = false;
  }

  /** Puts some jobs of a source; `false` when it has no more now. */
  async #pumpFrom(jobSource: JobSource): Promise<boolean> {
    const jobs: Job[] = [];
    let mayHaveMore = true;
    while (jobs.length < MOST_AT_ONCE && !this.#isHeld && this.#pending.hasRoom(jobs.length)) {
      const job = within(jobSource.inContext, () => jobSource.nextJob());
      mayHaveMore = job !== undefined;
      if (job === undefined) break;
      this.#pending.weigh(job);
      const reply = this.#log?.answerOf(job.jobId);
      if (reply !== undefined) this.#onAnswer(job, reply);
      else if (this.#log?.wasPut(job.jobId)) {
        this.#await(job);
        this.#lost.trust(job);
      } else jobs.push(job);
    }
    // The call's own input has ended it while they were taken.
    if (jobSource.isOver)
      for (const job of jobs.splice(0)) {
        this.#leave(job);
        this.#core.abandon(job);
      }
    if (jobs.length > 0) await this.#put(jobs);
    return mayHaveMore;
  }

  #queueOf({ task }: Job): Queue<unknown> {
    return this.#openQueues.jobs(jobQueueName(task.workerClass.name));
  }

  /** @returns the queue of the job */
  #await(job: Job): Queue<unknown> {
    const queue = this.#queueOf(job);
    this.#queuesUsed.add(queue);
    job.queuedAt = this.#core.now();
    this.#pending.add(job);
    this.#serve(job.task);
    return queue;
  }

  async #put(jobs: readonly Job[]): Promise<void> {
    const [queue] = jobs.map((job) => this.#await(job)) as [Queue<unknown>];
    const retrying = { signal: this.#stopping.signal, forMs: RETRY_FOR_MS, logger: this.options.logger };
    try {
      await retryWhileUnavailable(
        `putting jobs on queue ${queue.name}`,
        () => this.#putOn(queue, jobs),
        retrying,
      );
      const note = () => this.#log?.write(this.#openQueues.answers(this.#remote.replyTo), jobs);
      await retryWhileUnavailable('writing down what a batch has put', note, retrying);
    } catch (error) {
      for (const job of jobs) {
        this.#leave(job);
        job.caller.fail(error as Error);
      }
    }
  }

  async #putOn(queue: Queue<unknown>, jobs: readonly Job[]): Promise<void> {
    // A key lets the engine notice what an earlier run of the batch has put. Elsewhere a second answer is not listened to.
    if (this.#remote.batch === undefined || !queue.supports.dedupe)
      await queue.put(jobs.map((job) => this.#recordOf(job)));
    else await Promise.all(jobs.map((job) => queue.put(this.#recordOf(job), { dedupeKey: job.jobId })));
  }

  #recordOf(job: Job): JobRecord {
    return {
      ...jobRecordOf(job.jobId, job.task, job.args),
      ...(job.timeoutMs !== undefined && { timeoutMs: job.timeoutMs }),
      replyTo: this.#remote.replyTo,
    };
  }

  /** What lies on the queue of answers, which may come from anybody. */
  #onRecord(record: unknown): void {
    const job = isReplyRecord(record) ? this.#pending.get(record.id) : undefined;
    if (job === undefined) this.#log?.read(record);
    else this.#onAnswer(job, record as ReplyRecord);
  }

  #onAnswer(job: Job, reply: ReplyRecord): void {
    this.#leave(job);
    this.#settle(job, reply);
    if (this.#jobSources.size > 0) this.#nudge();
  }

  #leave(job: Job): void {
    this.#pending.delete(job);
    this.#lost.forget(job);
    this.#tellIfEmpty();
  }

  /** Is nothing waited for, and nothing more to come? */
  get #isEmpty(): boolean {
    if (this.#pending.size > 0 || !this.#singles.isEmpty) return false;
    return ![...this.#callers].some(({ holdsOpen }) => holdsOpen === true);
  }

  #tellIfEmpty(): void {
    if (this.#whenEmpty.length > 0 && this.#isEmpty)
      for (const resolve of this.#whenEmpty.splice(0)) resolve();
  }

  /** Resolves when every job of this route is answered, and its calls have no more to come. */
  async whenEmpty(): Promise<void> {
    while (!this.#isEmpty) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  #settle(job: Job, reply: ReplyRecord): void {
    const error = errorOf(reply);
    const { record } = job.caller;
    const attempts = [...reply.attempts];
    const last = attempts.at(-1);
    job.attempt = Math.max(1, attempts.length);
    if (error === undefined && last !== undefined) {
      attempts.pop();
      record.note(job.index, last.pid, Float64Array.of(last.queuedMs, last.runMs));
    }
    const { logger } = this.options;
    if (error === undefined) void tellListeners(job, JobEvent.Success, logger, { body: reply.body });
    else void tellListeners(job, JobEvent.Failed, logger, { error });
    const response = settledResponse(error, reply.body, reply.exitCode, job.index, record, attempts);
    this.#core.answer(job, response);
  }

  endCall(
    caller: Caller,
    jobSource: JobSource | undefined,
    reason: Error | undefined,
    jobs?: readonly Job[],
  ): void {
    if (jobSource !== undefined) this.#jobSources.remove(jobSource);
    this.removeCaller(caller);
    for (const job of jobs ?? caller.openJobs()) {
      this.#leave(job);
      this.#core.abandon(job);
    }
    void reason;
  }

  /** Nothing is waited for any more; a queue of answers that nobody will read is removed. */
  async close(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#lookTimer);
    await this.#answers.stop();
    await this.#openQueues.destroy(this.#remote.replyTo).catch((error) => {
      this.options.logger.warn(
        `queue ${this.#remote.replyTo} could not be removed: ${(error as Error).message}`,
      );
    });
  }

  /** As `close`, but the answers stay for another run of the batch. */
  async leave(): Promise<void> {
    this.#stopping.abort();
    clearInterval(this.#lookTimer);
    await this.#answers.stop();
    await this.#answers.giveBack();
  }
}
