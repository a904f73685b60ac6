import { subscribeToAbort } from '../../abort/subscribe-to-abort.js';
import { OptionError } from '../../errors/errors.js';
import type { WorkerClass } from '../../worker/worker.js';
import { type AnyWorker, type Served, servedClass, type Task } from '../parent/task.js';
import type { PoolEngine } from '../pool-engine.js';
import { OpenQueues } from './open-queues.js';
import { QueueServer } from './queue-server.js';
import { batchQueueName, jobQueueName, jobRecordOf, queueableName } from './records.js';
import { RemoteRoute } from './remote-route.js';

/** What a pool does with queues that others serve too. */
export class RemotePool {
  readonly #core: PoolEngine;
  readonly #openQueues: OpenQueues;
  readonly #servers = new Map<string, QueueServer>();
  readonly #batches = new Set<RemoteRoute>();
  /** Batches that are over and give back, or take away, what lies on their queues. */
  readonly #ending = new Set<Promise<void>>();
  #route: RemoteRoute | undefined;
  #submitted = 0;

  /** @throws OptionError when the pool has no `queues` */
  constructor(core: PoolEngine) {
    const { queues, leaseMs, maxAttempts } = core.options;
    if (queues === undefined)
      throw new OptionError(
        'submit, work and batch need the pool option `queues`: a factory of queues that others serve too',
      );
    this.#core = core;
    this.#openQueues = new OpenQueues(queues, leaseMs, maxAttempts);
  }

  /** The way of calls that end with this process. */
  get route(): RemoteRoute {
    this.#route ??= new RemoteRoute(
      this.#core,
      this.#openQueues,
      { replyTo: `answers.${this.#core.name}` },
      (task) => this.#serveTask(task),
    );
    return this.#route;
  }

  /** The way of a call that can be made again: what earlier runs have answered is not run once more. */
  async batch(name: string, signal: AbortSignal | undefined): Promise<RemoteRoute> {
    const options = { replyTo: batchQueueName(name), batch: name };
    const route = new RemoteRoute(this.#core, this.#openQueues, options, (task) => this.#serveTask(task));
    this.#batches.add(route);
    try {
      await route.resume(signal);
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
    await ending.finally(() => this.#ending.delete(ending));
  }

  /** The caller's own processes serve what it asks for, beside all others. */
  #serveTask(task: Task): void {
    this.#serve(task.workerClass);
  }

  #serve(workerClass: WorkerClass): QueueServer {
    const name = queueableName(workerClass);
    const known = this.#servers.get(name);
    if (known) return known;
    const queue = this.#openQueues.jobs(jobQueueName(name));
    const server = new QueueServer(queue, this.#openQueues, this.#core, new Map([[name, workerClass]]));
    this.#servers.set(name, server);
    // Whoever waits for it hears of it as well.
    server.finished.catch((error) =>
      this.#core.options.logger.error(`queue ${queue.name} is not served any more:`, error),
    );
    return server;
  }

  /** Puts a job that somebody may run, now or when this process is gone. */
  async submit(worker: AnyWorker, args: unknown): Promise<string> {
    const task = this.#core.taskOf(worker);
    this.#submitted += 1;
    const id = `${this.#core.name}.s.${this.#submitted}`;
    const record = jobRecordOf(id, task, args);
    const queue = this.#openQueues.jobs(jobQueueName(record.worker));
    await queue.put(record, queue.supports.dedupe ? { dedupeKey: id } : {});
    return id;
  }

  /** Serves the queues of these classes until the signal, and finishes what it has taken. */
  async work(remote: readonly Served[], signal: AbortSignal | undefined): Promise<void> {
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
  }

  /** Waits for the answers to what this pool asked for, then takes nothing more and finishes what it has taken. */
  async drain(): Promise<void> {
    await this.#route?.whenEmpty();
    await Promise.all([...this.#batches].map((route) => route.whenEmpty()));
    await this.stopServing();
  }

  /** Puts and takes nothing more, finishes what it has taken, and hears the answers that there are. */
  async finishWhatRuns(): Promise<void> {
    const routes = [...this.#batches, ...(this.#route === undefined ? [] : [this.#route])];
    for (const route of routes) route.hold();
    await this.stopServing();
    await Promise.all(routes.map((route) => route.catchUp()));
  }

  /** Takes nothing more from the queues; resolves when what was taken is answered. */
  async stopServing(): Promise<void> {
    await Promise.allSettled([...this.#servers.values()].map((server) => server.stop()));
  }

  async close(): Promise<void> {
    for (const server of this.#servers.values()) server.stop().catch(() => {});
    await Promise.allSettled([...this.#batches].map((route) => route.leave()));
    await this.#route?.close();
    // A program that a signal ends waits for this alone.
    await Promise.allSettled(this.#ending);
    await this.#openQueues.close();
  }
}
