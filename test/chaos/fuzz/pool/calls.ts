import { setTimeout as sleep, setImmediate as turn } from 'node:timers/promises';
import { JobEvent, type ProcessPool, type Response, type Worker } from 'mproc-worker';
import type { Random } from '../random.js';
import type { CallForm, OpenCall } from './call.js';
import type { EventOrder } from './event-order.js';
import type { History } from './history.js';
import { type InputForm, Inputs } from './inputs.js';
import type { JobArgs } from './job.js';
import { Counting, Heard, Plain } from './jobs.worker.js';
import type { Plans } from './plans.js';
import type { RoundSettings } from './settings.js';
import { DrawnStrategy } from './strategy.js';

const FORMS: Record<InputForm, number> = {
  array: 5,
  sync: 4,
  async: 3,
  slowAsync: 2,
  endless: 1,
  throwing: 1,
  asyncThrowing: 1,
};

const CLASSES: readonly (new () => Worker<JobArgs, unknown>)[] = [Plain, Plain, Counting, Heard];

/** Makes calls of all forms and hands what comes of them to the history. */
export class Calls {
  readonly #inputs: Inputs;
  #made = 0;
  /** Bundles grow as jobs of one and the same worker turn out to be quick. */
  readonly #quick = new Plain();

  constructor(
    readonly pool: ProcessPool,
    readonly settings: RoundSettings,
    readonly plans: Plans,
    readonly history: History,
    readonly events: EventOrder,
    readonly inside: (where: string) => void,
    /** One signal that many calls share. */
    readonly shared: AbortController,
  ) {
    this.#inputs = new Inputs(plans, inside);
  }

  make(form: CallForm, random: Random): void {
    if (this.plans.isUsedUp) return;
    this.#made += 1;
    const call = this.#open(form, random);
    const worker = this.#workerOf(random, call);
    this.history.report.did(`call ${call.number}: ${form}`);
    this.history.report.count(form);
    if (form === 'run') this.#run(call, worker, random);
    else if (form === 'map') this.#map(call, worker, random);
    else void this.#imap(call, worker, random);
  }

  #open(form: CallForm, random: Random): OpenCall {
    const { isQuick } = this.settings;
    const usesShared = random.chance(0.1);
    const call: OpenCall = {
      number: this.#made,
      form,
      strategy: random.chance(0.6) ? new DrawnStrategy(random.derive('strategy'), this.inside) : undefined,
      limitMs: !isQuick && random.chance(0.15) ? random.pick([5, 50, 500]) : this.settings.options.timeoutMs,
      plans: [],
      responses: [],
      jobIds: new Map(),
      controller: usesShared ? this.shared : new AbortController(),
      isAborted: usesShared && this.shared.signal.aborted,
      isReturned: false,
      inputThrows: false,
      reports: new Map(),
      hearsProgress: random.chance(0.3),
      hearsEvents: !isQuick && random.chance(0.3),
      stop: () => {
        call.controller.abort(new Error('enough'));
      },
    };
    call.controller.signal.addEventListener('abort', () => {
      call.isAborted = true;
    });
    this.history.open.add(call);
    return call;
  }

  #workerOf(random: Random, call: OpenCall): Worker<JobArgs, unknown> {
    if (this.settings.isQuick && call.strategy === undefined) return this.#quick;
    const worker = new (this.settings.isQuick ? Plain : random.pick(CLASSES))();
    if (call.strategy !== undefined) worker.retryStrategy = call.strategy;
    if (call.hearsEvents)
      for (const type of Object.values(JobEvent))
        worker.addListener(type, (_, event) => {
          this.events.hear(event);
          this.inside(type);
        });
    return worker;
  }

  #optionsOf(call: OpenCall, random: Random) {
    const { limitMs } = call;
    return {
      ...(random.chance(0.7) && { signal: call.controller.signal }),
      ...(limitMs !== undefined && { timeoutMs: limitMs }),
    };
  }

  #many(call: OpenCall, random: Random) {
    const hearsSubmits = !this.settings.isQuick && random.chance(0.3);
    return {
      ...this.#optionsOf(call, random),
      ...(hearsSubmits && {
        onSubmit: ({ jobId, index }: { jobId: string; index: number }) => {
          call.jobIds.set(jobId, index);
          this.inside('onSubmit');
        },
      }),
      ...this.#progress(call),
    };
  }

  #progress(call: OpenCall) {
    if (!call.hearsProgress) return {};
    return {
      onProgress: (progress: { jobId?: string; value?: unknown }) => {
        this.history.onProgress(call, progress as { jobId: string });
        this.inside('onProgress');
      },
    };
  }

  #run(call: OpenCall, worker: Worker<JobArgs, unknown>, random: Random): void {
    const plan = this.plans.draw();
    call.plans.push(plan);
    const options = { ...this.#optionsOf(call, random), ...this.#progress(call) };
    const response = this.pool.run(worker, this.plans.argsOf(plan), options);
    if (response.jobId !== '') call.jobIds.set(response.jobId, 0);
    response.then(
      (answer) => {
        this.history.onResponse(call, 0, answer);
        this.history.close(call);
        this.inside('then');
      },
      (error) => this.history.onRejected(call, error),
    );
  }

  #input(call: OpenCall, random: Random, allowsEndless: boolean) {
    const forms = allowsEndless ? FORMS : { ...FORMS, endless: 0 };
    const count = Math.floor(this.settings.mostJobs ** random.next()) - 1;
    return this.#inputs.of(random.weighted(forms), count, random.derive('input'), call);
  }

  #map(call: OpenCall, worker: Worker<JobArgs, unknown>, random: Random): void {
    const options = this.#many(call, random);
    this.pool.map(worker, this.#input(call, random, false), options).then(
      (responses) => this.history.onMapped(call, responses),
      (error) => this.history.onRejected(call, error),
    );
  }

  async #imap(call: OpenCall, worker: Worker<JobArgs, unknown>, random: Random): Promise<void> {
    const lookAhead = random.pick([undefined, 1, 3, 50]);
    const options = { ...this.#many(call, random), ...(lookAhead !== undefined && { lookAhead }) };
    const most = random.chance(0.3) ? random.below(50) : Number.POSITIVE_INFINITY;
    try {
      const form = call.form as 'imap' | 'imapUnordered';
      const responses = this.pool[form](worker, this.#input(call, random, true), options);
      await this.#read(call, responses, most, random);
      this.history.onRead(call);
    } catch (error) {
      this.history.onRejected(call, error);
    }
  }

  async #read(
    call: OpenCall,
    responses: AsyncIterable<Response<unknown>>,
    most: number,
    random: Random,
  ): Promise<void> {
    let next = 0;
    if (most === 0) call.isReturned = true;
    for await (const response of responses) {
      this.history.onResponse(call, call.form === 'imap' ? next : response.index, response);
      next += 1;
      if (next >= most) {
        call.isReturned = true;
        return;
      }
      if (random.chance(0.02)) await sleep(random.below(20));
      else if (random.chance(0.1)) await turn();
    }
  }
}
