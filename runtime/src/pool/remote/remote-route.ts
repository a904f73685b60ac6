import { clearInterval, setInterval } from '../../clock/timers.js';
import type { Queue } from '../../contracts/queue.js';
import type { Response } from '../../contracts/response.js';
import { JobCanceledError, JobExpiredError, MprocError, PoolClosedError } from '../../errors/errors.js';
import { asError } from '../../worker/as-error.js';
import type { WorkerClass } from '../../worker/worker.js';
import type { Caller } from '../jobs/caller.js';
import type { Job } from '../jobs/job.js';
import type { JobSource } from '../jobs/job-source.js';
import type { Route } from '../jobs/route.js';
import type { AnyWorker, Task } from '../jobs/task.js';
import type { ResolvedPoolOptions } from '../options.js';
import type { PoolEngine } from '../pool-engine.js';
import { hasExpired, type Steering } from '../steering/steering.js';
import { steeringLineOf } from '../steering/steering-line.js';
import { BatchLog } from './batch-log.js';
import {
  type CanceledRecord,
  type CancelRecord,
  isCancelRecord,
  isProgressRecord,
  type ObeyedRecord,
  type ProgressRecord,
} from './control-records.js';
import { ExpiryWatch } from './expiry-watch.js';
import { HostReplies } from './host-replies.js';
import { JobSender } from './job-sender.js';
import { LostJobs } from './lost-jobs.js';
import type { OpenQueues } from './open-queues.js';
import { mustSupport } from './put-options.js';
import { batchPrefix, jobQueueName } from './queue-names.js';
import { isReplyRecord, queueableName, type ReplyRecord, refusalOf } from './records.js';
import { ReplyReader, type ReplySource } from './reply-reader.js';
import { isRefusal } from './retry-while-unavailable.js';
import { RouteInput } from './route-input.js';
import { settleReply } from './settle-reply.js';
import { SinglePuts } from './single-puts.js';
import { UnderWay } from './under-way.js';
import { valueOfCall } from './value-of-call.js';

/** Jobs that one `put` carries. */
const MOST_AT_ONCE = 256;
/** The same of a batch: a caller that is killed may have put so many and not written it down. */
const MOST_OF_BATCH = 64;

/** How a route names its jobs and what it does with their answers. */
export interface RemoteRouteOptions {
  /** Queue that answers come back on. */
  readonly replyTo: string;
  /** A name for the jobs of a call that is the same when the call is made again. */
  readonly batch?: string;
  /** Called once everybody can see that the answers are read. */
  readonly onRead?: () => void;
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
  readonly #singles = new SinglePuts((jobs) => this.#put(jobs));
  readonly #callers = new Set<Caller>();
  /** Nothing more is put. */
  #isHeld = false;
  /** Only of a batch. */
  readonly #log: BatchLog | undefined;
  readonly #sender: JobSender;
  /** Of jobs of classes that have a limit. */
  readonly #limitKeys = new WeakMap<Job, string>();
  readonly #hostReplies = new HostReplies();
  readonly #stopping = new AbortController();
  readonly #whenEmpty: (() => void)[] = [];
  #lookTimer: NodeJS.Timeout | undefined;
  readonly #queuesUsed = new Set<Queue<unknown>>();
  readonly #lost = new LostJobs({
    waiting: (queue) => {
      const isThere = (job: Job) => this.#sender.wasPut(job) || this.#lost.isTrusted(job);
      const jobs = this.#pending.all().filter((job) => this.#queueOf(job) === queue && isThere(job));
      return new Map(jobs.map((job) => [job.jobId, job]));
    },
    fail: (job, error) => this.#onAnswer(job, refusalOf(job.jobId, error)),
    putAgain: (jobs) => this.#putEachAgain(jobs),
  });

  readonly #input: RouteInput;
  readonly #expiry = new ExpiryWatch(
    (job) => this.#queueOf(job),
    (jobs) => this.#expired(jobs),
  );

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
    const { logger, keep } = core.options;
    const onSeen = () => remote.onRead?.();
    const onMissed = () => void this.#putAllAgain();
    const { leaseMs } = openQueues;
    const reading = { keep: remote.batch !== undefined, leaseMs, logger, onSeen, onMissed };
    const answers = openQueues.answers(remote.replyTo);
    this.#log = remote.batch === undefined ? undefined : new BatchLog(answers);
    openQueues.setAnswered(remote.replyTo, this.#log);
    this.#input = new RouteInput({
      mostAtOnce: this.#log === undefined ? MOST_AT_ONCE : MOST_OF_BATCH,
      hasRoom: (taken) => this.#pending.hasRoom(taken),
      take: (job) => this.#take(job),
      put: (jobs) => this.#put(jobs),
      abandon: (job) => this.#abandon(job),
    });
    this.#answers = new ReplyReader(this.#replySource(answers), reading, (record) => this.#onRecord(record));
    const { replyTo } = remote;
    const { signal } = this.#stopping;
    const limitKeyOf = (job: Job) => this.#limitKeys.get(job)!;
    const sending = { replyTo, answers: this.#answers, log: this.#log, keep, logger, limitKeyOf, signal };
    this.#sender = new JobSender(sending);
    if (remote.batch === undefined) this.#readAnswers();
    const look = () => this.#pending.size > 0 && void this.#lost.look(this.#queuesUsed);
    this.#lookTimer = setInterval(look, Math.max(1_000, leaseMs));
    this.#lookTimer.unref();
  }

  /** Nobody else destroys that of a batch. */
  #replySource(queue: Queue<unknown>): ReplySource {
    if (this.#log !== undefined) return { queue };
    return { queue, reopen: () => this.#openQueues.reopenAnswers(this.#remote.replyTo) };
  }

  /**
   * Hosts have taken this pool for gone, and dropped some of its jobs: which is known of none. Those that are at one of them
   * have lost their lease then, so that each is run for this pool once.
   */
  async #putAllAgain(): Promise<void> {
    if (this.#isHeld) return;
    const jobs = this.#pending.all().filter((job) => this.#sender.wasPut(job));
    await this.#sender.takeBack(jobs);
    await this.#putEachAgain(jobs.filter((job) => this.#pending.get(job.jobId) === job));
  }

  async #putEachAgain(jobs: readonly Job[]): Promise<void> {
    for (const queue of new Set(jobs.map((job) => this.#queueOf(job)))) {
      const own = jobs.filter((job) => this.#queueOf(job) === queue);
      for (let from = 0; from < own.length; from += MOST_AT_ONCE)
        await this.#put(own.slice(from, from + MOST_AT_ONCE));
    }
  }

  /**
   * Reads what an earlier run of the batch has brought; its jobs are not put again.
   * @param length how many arguments there are, where that is known
   * @throws MprocError `ERR_BATCH_DIFFERS`
   */
  async resume(signal: AbortSignal | undefined, length: number | undefined): Promise<void> {
    await this.#answers.readAll(signal);
    if (length !== undefined && length < (this.#log?.length ?? 0)) throw this.#differs(length);
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

  get batchName(): string | undefined {
    return this.#remote.batch;
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

  get name(): string {
    return this.#core.name;
  }

  queueOf(task: Task): string {
    return this.#openQueues.jobs(jobQueueName(task.workerClass.name)).name;
  }

  nextCall(): number {
    return this.#core.nextCall();
  }

  jobIdPrefix(task: Task, call: number): string {
    const { batch } = this.#remote;
    return batch === undefined ? `${task.prefix}.${call}` : batchPrefix(batch);
  }

  addCaller(caller: Caller): void {
    this.#callers.add(caller);
    this.#core.addRemoteCaller(caller);
  }

  addRemoteCaller(caller: Caller): void {
    this.addCaller(caller);
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
    if (job.steering === undefined || !this.takesOver(job)) this.#singles.add(job);
  }

  mustBeAbleTo(task: Task, steering: Steering): void {
    mustSupport(this.#openQueues.jobs(jobQueueName(task.workerClass.name)), steering, false);
  }

  takesOver(job: Job): boolean {
    const effects = {
      run: (next: Job) => this.#singles.add(next),
      answer: (next: Job, response: Response<unknown>) => {
        this.#leave(next);
        this.#core.answer(next, response);
      },
    };
    try {
      if (steeringLineOf(this.#core).twins.join(job, effects)) {
        // Where `cancel` finds it.
        this.#pending.add(job);
        return true;
      }
    } catch (error) {
      job.caller.fail(asError(error));
      return true;
    }
    if (!hasExpired(job.steering!)) return this.#lacksKey(job);
    this.#expired([job]);
    return true;
  }

  /** The user's function that gives it is of the job's own making: what goes wrong in it is the job's alone. */
  #lacksKey(job: Job): boolean {
    const { limit } = job.steering!;
    if (limit === undefined || this.#limitKeys.has(job)) return false;
    try {
      this.#limitKeys.set(job, limit.keyOf(job.args));
      return job.answered;
    } catch (error) {
      this.#onAnswer(job, refusalOf(job.jobId, asError(error)));
      return true;
    }
  }

  #expired(jobs: readonly Job[]): void {
    for (const job of jobs) {
      this.#sender.withdraw([job]);
      const error = new JobExpiredError(job.jobId, job.steering!.expiresAfterMs);
      this.#onAnswer(job, refusalOf(job.jobId, error));
    }
  }

  /** Puts no more jobs; what lies on the queues is others' to run. */
  hold(): void {
    this.#isHeld = true;
    this.#input.hold();
    this.#singles.hold();
  }

  /** Hears the answers that there are. */
  async catchUp(): Promise<void> {
    await this.#answers.catchUp();
  }

  addJobSource(jobSource: JobSource): void {
    this.#input.add(jobSource);
  }

  /** @returns is it to be put, as no earlier run of the batch has? @throws MprocError `ERR_BATCH_DIFFERS` */
  #take(job: Job): boolean {
    if (this.#log?.differs(job)) throw this.#differs(job.index);
    this.#pending.weigh(job);
    const reply = this.#log?.answerOf(job.jobId);
    if (reply !== undefined) this.#onAnswer(job, reply);
    else if (this.#log?.wasPut(job.jobId)) {
      this.#await(job);
      this.#lost.trust(job);
    } else return true;
    return false;
  }

  #differs(index: number): MprocError {
    return new MprocError(
      'ERR_BATCH_DIFFERS',
      `batch ${this.#remote.batch} was begun with other arguments, or another worker: they differ from index ${index} on; give those of before, or another name`,
    );
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
    this.#expiry.watch(job);
    this.#serve(job.task);
    return queue;
  }

  async #put(jobs: readonly Job[]): Promise<void> {
    const late = jobs.filter(({ steering }) => steering !== undefined && hasExpired(steering));
    if (late.length > 0) {
      this.#expired(late);
      return this.#put(jobs.filter((job) => !late.includes(job)));
    }
    try {
      const [queue] = jobs.map((job) => this.#await(job));
      if (queue !== undefined) await this.#send(queue, jobs);
    } catch (error) {
      // The factory of queues, which is the user's, has thrown.
      this.#fail(jobs, error);
    }
  }

  #fail(jobs: readonly Job[], error: unknown): void {
    for (const job of jobs) {
      this.#leave(job);
      job.caller.fail(error as Error);
    }
  }

  async #send(queue: Queue<unknown>, jobs: readonly Job[]): Promise<void> {
    try {
      await this.#sender.send(queue, jobs);
    } catch (error) {
      if (!isRefusal(error)) return this.#fail(jobs, error);
      const [job, ...others] = jobs;
      if (others.length === 0) return this.#refuse(job!, error);
      // One of them cannot be sent, which costs the others nothing.
      const middle = jobs.length >> 1;
      await this.#send(queue, jobs.slice(0, middle));
      await this.#send(queue, jobs.slice(middle));
    }
  }

  #refuse(job: Job, error: unknown): void {
    if (this.#pending.get(job.jobId) === job)
      this.#onAnswer(job, refusalOf(job.jobId, asError(valueOfCall(error, job.args))));
  }

  /** What lies on the queue of answers, which may come from anybody. */
  #onRecord(record: unknown): void {
    if (isProgressRecord(record)) return this.#onProgress(record);
    if (isCancelRecord(record)) return void this.#cancelFor(record);
    if (this.#hostReplies.read(record)) return;
    const job = isReplyRecord(record) ? this.#pending.get(record.id) : undefined;
    if (job === undefined) this.#log?.read(record);
    else this.#onAnswer(job, record as ReplyRecord);
  }

  #onAnswer(job: Job, reply: ReplyRecord): void {
    this.#leave(job);
    this.#sender.forget(job);
    this.#core.answer(job, settleReply(job, reply, this.options.logger));
    this.#input.nudge();
  }

  #leave(job: Job): void {
    this.#pending.delete(job);
    this.#lost.forget(job);
    this.#expiry.forget(job);
    this.#tellIfEmpty();
  }

  #abandon(job: Job): void {
    this.#leave(job);
    this.#core.abandon(job);
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

  /** Has a job of that class no answer yet, though others are still put? */
  waitsFor(workerClass: WorkerClass): boolean {
    return !this.#isHeld && this.#pending.all().some(({ task }) => task.workerClass === workerClass);
  }

  /** Resolves when every job of this route is answered, and its calls have no more to come. */
  async whenEmpty(): Promise<void> {
    while (!this.#isEmpty) await new Promise<void>((resolve) => this.#whenEmpty.push(resolve));
  }

  endCall(
    caller: Caller,
    jobSource: JobSource | undefined,
    reason: Error | undefined,
    jobs?: readonly Job[],
  ): void {
    if (jobSource !== undefined) this.#input.remove(jobSource);
    this.removeCaller(caller);
    const left = (jobs ?? caller.openJobs()).filter((job) => this.#pending.get(job.jobId) === job);
    for (const job of jobs ?? caller.openJobs()) this.#abandon(job);
    // A batch whose pool ends goes on elsewhere, until it is taken up again.
    const goesOn = this.#log !== undefined && (reason === undefined || reason instanceof PoolClosedError);
    if (!goesOn) this.#sender.withdraw(left);
  }

  #onProgress({ progress, value }: ProgressRecord): void {
    const job = this.#pending.get(progress);
    job?.caller.progress(job, value);
  }

  async #cancelFor({ cancel, replyTo }: CancelRecord): Promise<void> {
    const ok = this.cancel(cancel);
    if (replyTo === undefined) return;
    const { queue, giveBack } = this.#openQueues.borrow(replyTo);
    const said = { version: 1, canceled: cancel, ok } satisfies CanceledRecord;
    await Promise.resolve(queue.put(said)).then(giveBack, giveBack);
  }

  /** Another pool is asked to cancel a job: what it says comes on this route's queue. */
  awaitCanceled(jobId: string): { readonly answered: Promise<boolean>; readonly replyTo: string } {
    return { answered: this.#hostReplies.awaitCanceled(jobId), replyTo: this.#remote.replyTo };
  }

  /**
   * Hosts are given an order: what they say comes on this route's queue.
   * @returns where that is, and what ends it
   */
  async awaitObeyed(
    order: string,
    onObeyed: (obeyed: ObeyedRecord) => void,
  ): Promise<{ readonly replyTo: string; readonly forget: () => void }> {
    await this.#answers.announce();
    return { replyTo: this.#remote.replyTo, forget: this.#hostReplies.awaitObeyed(order, onObeyed) };
  }

  /** Answers a job that waits for its answer, and takes it back; `false` when there is none of that id. */
  cancel(jobId: string): boolean {
    const job = this.#pending.get(jobId);
    if (job === undefined) return false;
    this.#sender.withdraw([job]);
    this.#onAnswer(job, refusalOf(jobId, new JobCanceledError(jobId)));
    return true;
  }

  /** Nothing is waited for any more; a queue of answers that nobody will read is removed. */
  async close(): Promise<void> {
    await this.leave();
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
    this.#openQueues.setAnswered(this.#remote.replyTo, undefined);
    this.#expiry.close();
    clearInterval(this.#lookTimer);
    await this.#sender.settled();
    await this.#answers.stop();
    await this.#answers.giveBack();
  }
}
