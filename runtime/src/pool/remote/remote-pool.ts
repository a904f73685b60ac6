import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import type { DeadJob } from '../../contracts/dead-job.js';
import type { Response } from '../../contracts/response.js';
import { MprocError, OptionError } from '../../errors/errors.js';
import type { WorkerClass } from '../../worker/worker.js';
import type { AnsweredJob, HistoryOptions } from '../history/answered-job.js';
import { type AnyWorker, type Served, servedClass, type Task } from '../jobs/task.js';
import type { FlowJob, FlowNode } from '../joins/flow.js';
import { ANSWER_MS, type BroadcastAnswer } from '../parent/processes/broadcasts.js';
import type { PoolEngine } from '../pool-engine.js';
import { remoteTicks } from '../schedules/remote-ticks.js';
import type { TickSink } from '../schedules/schedules.js';
import type { SubmitOptions } from '../steering/job-options.js';
import type { Steering } from '../steering/steering.js';
import { Callers } from './callers.js';
import { CancelElsewhere } from './cancel-elsewhere.js';
import { ControlQueue } from './control-queue.js';
import type { OrderRecord, PausedRecord } from './control-records.js';
import { ControlWatch } from './control-watch.js';
import { HostOrders, isThisHost } from './host-orders.js';
import type { ServingEffects } from './job-runner.js';
import { LookAhead } from './look-ahead.js';
import { OpenQueues } from './open-queues.js';
import { batchQueueName, jobQueueName, submittedClassOf, TICK_QUEUE } from './queue-names.js';
import { QueueServer } from './queue-server.js';
import { queueableName } from './records.js';
import { RemoteHistory } from './remote-history.js';
import { RemoteJoins } from './remote-joins.js';
import { RemoteRoute } from './remote-route.js';
import { SubmittedJobs } from './submitted-jobs.js';

/** Tells an event of the pool. */
export type TellServed = (
  ...event: ['response', Response<unknown>, { readonly isForOthers: true }] | ['dead', DeadJob]
) => void;

/** What a pool does with queues that others serve too. */
export class RemotePool {
  readonly #core: PoolEngine;
  readonly #effects: ServingEffects;
  readonly #served = { succeeded: 0, failed: 0 };
  readonly #openQueues: OpenQueues;
  readonly #lookAhead: LookAhead;
  readonly #servers = new Map<string, QueueServer>();
  readonly #batches = new Set<RemoteRoute>();
  /** Also of those that end. */
  readonly #batchNames = new Set<string>();
  /** Batches that are over and give back, or take away, what lies on their queues. */
  readonly #ending = new Set<Promise<void>>();
  #route: RemoteRoute | undefined;
  #isClosed = false;
  readonly #submitted: SubmittedJobs;
  readonly #elsewhere: CancelElsewhere;
  readonly #control: ControlQueue;
  readonly #watch: ControlWatch;
  readonly #orders: HostOrders;
  readonly #callers: Callers;
  readonly #history: RemoteHistory;
  readonly #joins: RemoteJoins;

  /** @throws OptionError when the pool has no `queues`; UnsupportedError where it is to keep answered jobs and its engine cannot */
  constructor(core: PoolEngine, tell: TellServed) {
    const { queues, leaseMs, maxAttempts, processes, concurrency } = core.options;
    if (queues === undefined)
      throw new OptionError(
        'submit, work and batch need the pool option `queues`: a factory of queues that others serve too',
      );
    this.#core = core;
    this.#effects = {
      onServed: (response) => {
        this.#served[response.ok ? 'succeeded' : 'failed'] += 1;
        tell('response', response, { isForOthers: true });
      },
      onDead: (job) => tell('dead', job),
    };
    this.#lookAhead = new LookAhead(processes * concurrency);
    this.#openQueues = new OpenQueues(queues, leaseMs, maxAttempts);
    this.#callers = new Callers(this.#openQueues);
    const { keep, logger } = core.options;
    this.#history = new RemoteHistory(this.#openQueues, keep, (message) => logger.warn(message));
    this.#joins = new RemoteJoins(this.#openQueues, logger);
    this.#submitted = new SubmittedJobs(core, this.#openQueues, this.#joins);
    this.#elsewhere = new CancelElsewhere(this.#openQueues, () => this.route);
    this.#control = new ControlQueue(this.#openQueues);
    this.#orders = new HostOrders(this.#control, this.#openQueues, () => this.route);
    this.#watch = new ControlWatch(this.#control, this.#openQueues, {
      logger: core.options.logger,
      onPaused: (paused) => {
        for (const [name, server] of this.#servers) server.pause(paused.has(name));
      },
      onOrder: (order) => void this.#obey(order),
    });
  }

  /** Jobs of other pools' calls that ran here. */
  get served(): { readonly succeeded: number; readonly failed: number } {
    return { ...this.#served };
  }

  /** The way of calls that end with this process. */
  get route(): RemoteRoute {
    const replyTo = `answers.${this.#core.name}`;
    this.#route ??= new RemoteRoute(
      this.#core,
      this.#openQueues,
      { replyTo, onRead: () => this.#callers.enter(replyTo) },
      (task) => this.#serveTask(task),
    );
    return this.#route;
  }

  /** The way of a call that can be made again: what earlier runs have answered is not run once more. */
  async batch(
    name: string,
    signal: AbortSignal | undefined,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
  ): Promise<RemoteRoute> {
    const options = { replyTo: batchQueueName(name), batch: name };
    if (this.#batchNames.has(name))
      throw new MprocError(
        'ERR_BATCH_RUNS',
        `a call of batch ${name} is under way in this pool; wait for it, or give this call another name`,
      );
    const route = new RemoteRoute(this.#core, this.#openQueues, options, (task) => this.#serveTask(task));
    this.#batches.add(route);
    this.#batchNames.add(name);
    try {
      await route.resume(signal, Array.isArray(inputs) ? inputs.length : undefined);
      return route;
    } catch (error) {
      await this.endBatch(route, false);
      throw error;
    }
  }

  /** @param isDone all of it was answered, so nothing of it is kept */
  async endBatch(route: RemoteRoute, isDone: boolean): Promise<void> {
    this.#batches.delete(route);
    const ending = isDone ? route.close() : route.leave();
    this.#ending.add(ending);
    await ending.finally(() => {
      this.#ending.delete(ending);
      this.#batchNames.delete(route.batchName ?? '');
    });
  }

  /** The caller's own processes, where it has some, serve what it asks for, beside all others. */
  #serveTask(task: Task): void {
    if (this.#core.options.processes > 0) this.#serve(task.workerClass);
  }

  #serve(workerClass: WorkerClass): QueueServer {
    const name = queueableName(workerClass);
    const known = this.#servers.get(name);
    if (known) return known;
    const queue = this.#openQueues.jobs(jobQueueName(name));
    const server = new QueueServer(
      queue,
      this.#openQueues,
      this.#core,
      workerClass,
      this.#lookAhead,
      this.#effects,
      this.#history,
      this.#joins,
    );
    this.#servers.set(name, server);
    this.#watch.begin();
    this.#callers.watch();
    this.#joins.watch(queue);
    // Whoever waits for it hears of it as well.
    server.finished.catch((error) =>
      this.#core.options.logger.error(`queue ${queue.name} is not served any more:`, error),
    );
    return server;
  }

  /** Puts a job that somebody may run, now or when this process is gone. */
  submit(
    worker: AnyWorker,
    args: unknown,
    options: SubmitOptions,
    steering: Steering | undefined,
  ): Promise<string> {
    return this.#submitted.submit(worker, args, options, steering);
  }

  /**
   * Puts all jobs of a flow, or none: each runs when those before it have succeeded.
   * @throws OptionError, UnsupportedError before anything is put
   */
  flow(tree: FlowNode): Promise<FlowJob> {
    return this.#submitted.flow(tree);
  }

  /** Answered jobs that hosts have kept, the newest first. */
  history(options: HistoryOptions): Promise<AnsweredJob[]> {
    return this.#history.list(options);
  }

  /** The way of a schedule's jobs. */
  ticks(worker: AnyWorker, args: unknown): TickSink {
    const { workerClass } = this.#core.taskOf(worker);
    return remoteTicks({
      jobs: this.#openQueues.jobs(jobQueueName(queueableName(workerClass))),
      done: this.#openQueues.answers(TICK_QUEUE),
      logger: this.#core.options.logger,
      submit: (of, key) => this.#submitted.submit(worker, args, {}, undefined, { of, key }),
    });
  }

  /** Stops a job: one that this pool waits for, one that it runs for others, or one that another pool has asked for. */
  async cancel(jobId: string): Promise<boolean> {
    for (const route of this.#routes) if (route.cancel(jobId)) return true;
    for (const server of this.#servers.values()) if (server.cancel(jobId)) return true;
    const isCanceled = await this.#elsewhere.cancel(jobId);
    const name = submittedClassOf(jobId);
    if (name === undefined) return isCanceled;
    const queue = this.#openQueues.jobs(jobQueueName(name));
    return (await this.#joins.canceled(queue, jobId, isCanceled)) || isCanceled;
  }

  /** Hosts begin no further job of the class, whoever asks, until it is resumed. */
  async pause(name: string): Promise<void> {
    await this.#control.put(pausedRecord(name));
    if (this.#servers.has(name)) await this.#watch.look();
  }

  async resume(name: string): Promise<void> {
    await this.#control.remove(pausedRecord(name));
    if (this.#servers.has(name)) await this.#watch.look();
  }

  /** The classes that are paused. */
  async paused(): Promise<string[]> {
    return [...(await this.#control.read()).paused].sort();
  }

  /** Hosts of that name take nothing more. @returns the names of those that have said so */
  async drainHosts(host: string): Promise<string[]> {
    const heard = await this.#orders.give({ drain: host });
    return heard.map((obeyed) => obeyed.host).sort();
  }

  /** A message to a class in the processes of all hosts that serve it. */
  async broadcast(
    told: WorkerClass | string,
    message: unknown,
    timeoutMs: number,
  ): Promise<BroadcastAnswer<unknown>[]> {
    const name = typeof told === 'string' ? told : queueableName(told);
    const heard = await this.#orders.give({ tell: name, message, timeoutMs }, timeoutMs);
    return heard.flatMap(({ host, answers }) =>
      Array.isArray(answers) ? answers.map((answer: BroadcastAnswer<unknown>) => ({ ...answer, host })) : [],
    );
  }

  async #obey(order: OrderRecord): Promise<void> {
    try {
      if (order.drain !== undefined && isThisHost(order.drain)) {
        for (const server of this.#servers.values()) server.stop().catch(() => {});
        await this.#orders.obeyed(order);
      }
      const told = order.tell === undefined ? undefined : this.#servers.get(order.tell)?.workerClass;
      if (typeof told?.onMessage === 'function')
        await this.#orders.obeyed(
          order,
          await this.#core.broadcast(told, order.message, order.timeoutMs ?? ANSWER_MS),
        );
    } catch (error) {
      this.#core.options.logger.warn(`an order to this host was not obeyed: ${(error as Error).message}`);
    }
  }

  get #routes(): RemoteRoute[] {
    return [...this.#batches, ...(this.#route === undefined ? [] : [this.#route])];
  }

  /**
   * Serves the queues of these classes until the signal, and finishes what runs; what waits is handed back. A class that calls of
   * this pool wait for is served on, as it is without `work`.
   */
  async work(remote: readonly Served[], signal: AbortSignal | undefined): Promise<void> {
    if (this.#core.options.processes === 0)
      throw new OptionError('work needs a pool that has processes; this one was made with processes: 0');
    const classes = remote.map(servedClass);
    for (const workerClass of classes) this.#core.mustBeRunnable(workerClass);
    const servers = classes.map((workerClass) => this.#serve(workerClass));
    const stop = () => {
      for (const server of servers) server.stop().catch(() => {});
    };
    if (signal?.aborted) stop();
    const forgetSignal = signal && subscribeToAbort(signal, stop);
    await Promise.all(servers.map((server) => server.finished)).finally(forgetSignal);
    for (const { name } of classes) this.#servers.delete(name);
    // A host that was drained, or whose pool ends, takes nothing more.
    if (signal?.aborted && !this.#isClosed) this.#serveOwn(classes);
  }

  /** What this pool's own calls wait for may be served by nobody else. */
  #serveOwn(classes: readonly WorkerClass[]): void {
    for (const workerClass of classes)
      if (this.#routes.some((route) => route.waitsFor(workerClass))) this.#serve(workerClass);
  }

  /** Waits for the answers to what this pool asked for, then takes nothing more and finishes what runs. */
  async drain(): Promise<void> {
    await this.#route?.whenEmpty();
    await Promise.all([...this.#batches].map((route) => route.whenEmpty()));
    await this.stopServing();
  }

  /** Puts and takes nothing more, finishes what runs, and hears the answers that there are. */
  async finishWhatRuns(): Promise<void> {
    const routes = this.#routes;
    for (const route of routes) route.hold();
    await this.stopServing();
    await Promise.all(routes.map((route) => route.catchUp()));
  }

  /** Takes nothing more from the queues and hands back what waits; resolves when what runs is answered. */
  async stopServing(): Promise<void> {
    await Promise.allSettled([...this.#servers.values()].map((server) => server.stop()));
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    this.#watch.stop();
    this.#orders.close();
    for (const server of this.#servers.values()) server.stop().catch(() => {});
    await Promise.allSettled([...this.#batches].map((route) => route.leave()));
    await this.#route?.close();
    // A program that a signal ends waits for this alone.
    await Promise.allSettled(this.#ending);
    await this.#joins.stop();
    await this.#callers.leave();
    await this.#openQueues.close();
  }
}

function pausedRecord(name: string): PausedRecord {
  return { version: 1, paused: name };
}
