import type { Response } from '../../contracts/response.js';
import { PoolClosedError } from '../../errors/errors.js';
import { whole } from '../../options/whole.js';
import { SingleRecord } from '../../response/call-record.js';
import { Fifo } from '../collections/fifo.js';
import type { Route } from '../jobs/route.js';
import type { AnyWorker } from '../jobs/task.js';
import { type CallOptions, ManyJobsCall } from './call.js';
import { mustNotThrow } from './check-options.js';

/** Options of `imap` and `imapUnordered`, beside those of every call of many jobs. */
export interface ImapOptions<Args = never> extends CallOptions<Args> {
  /** How many jobs may be ahead of the response that is read. @default 1,024, or twice the processes if that is more */
  readonly lookAhead?: number;
}

interface Waiting {
  resolve(result: IteratorResult<Response<unknown>>): void;
  reject(error: Error): void;
}

/** @throws OptionError */
function windowOf(lookAhead: number | undefined, route: Route): number {
  if (lookAhead === undefined) return Math.max(1_024, 2 * route.options.processes);
  if (lookAhead === Number.POSITIVE_INFINITY) return lookAhead;
  return whole('lookAhead', lookAhead, 1);
}

/** Responses as they are read, in the order of the arguments or as they come; takes input only so far ahead. */
export class ImapCall extends ManyJobsCall implements AsyncIterableIterator<Response<unknown>> {
  protected override readonly window: number;
  /** Each response takes its own; this is where the next one is noted. */
  override record = new SingleRecord(this.route.jobIdPrefix(this.task, this.number));
  readonly #ordered: boolean;
  readonly #ready = new Fifo<Response<unknown>>();
  /** Responses that came before their turn. */
  readonly #early = new Map<number, Response<unknown>>();
  readonly #readers = new Fifo<Waiting>();
  #nextIndex = 0;
  #read = 0;
  #opened = false;
  #error: Error | undefined;

  constructor(
    route: Route,
    worker: AnyWorker,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    options: ImapOptions,
    ordered: boolean,
  ) {
    super(route, worker, inputs, options);
    mustNotThrow('imap', options);
    this.#ordered = ordered;
    this.window = windowOf(options.lookAhead, route);
    this.#nudgeMask = 2 ** Math.floor(Math.log2(Math.min(Math.max(this.window / 8, 1), 128))) - 1;
  }

  /** What was given out and not read yet counts, so that a slow reader holds the input up. */
  protected override get underWay(): number {
    return this.given - this.#read;
  }

  /** One that is full and that nobody reads would never end. */
  override get holdsOpen(): boolean {
    return !this.isOver && (this.#readers.size > 0 || this.underWay < this.window);
  }

  protected override onAnswer(index: number, response: Response<unknown>): void {
    this.record = new SingleRecord(this.record.jobIdPrefix);
    this.addInput(response);
    if (!this.#ordered) return this.#give(response);
    if (index !== this.#nextIndex) {
      this.#early.set(index, response);
      return;
    }
    let next: Response<unknown> | undefined = response;
    while (next !== undefined) {
      this.#give(next);
      this.#nextIndex += 1;
      next = this.#early.get(this.#nextIndex);
      this.#early.delete(this.#nextIndex);
    }
  }

  #give(response: Response<unknown>): void {
    const reader = this.#readers.shift();
    if (reader === undefined) this.#ready.push(response);
    else {
      this.#read += 1;
      this.resume();
      reader.resolve({ done: false, value: response });
    }
  }

  protected override onEnd(error: Error | undefined): void {
    this.#error = error;
    // What is there can still be read after the pool has closed; after an abort it is not wanted.
    if (error !== undefined && !(error instanceof PoolClosedError)) this.#ready.clear();
    for (const reader of this.#readers.clear())
      if (error === undefined) reader.resolve({ done: true, value: undefined });
      else reader.reject(error);
  }

  next(): Promise<IteratorResult<Response<unknown>>> {
    if (!this.#opened) {
      this.#opened = true;
      this.open();
    }
    const value = this.#ready.shift();
    if (value !== undefined) {
      this.#read += 1;
      // An eighth of the window is asked for at once, not one job at a time.
      if (!this.isOver && (this.#read & this.#nudgeMask) === 0) this.resume();
      return Promise.resolve({ done: false, value });
    }
    if (this.#error !== undefined) return Promise.reject(this.#error);
    if (this.isOver) return Promise.resolve({ done: true, value: undefined });
    this.resume();
    return new Promise((resolve, reject) => this.#readers.push({ resolve, reject }));
  }

  readonly #nudgeMask: number;

  /** The reader has had enough: what runs is stopped. */
  return(): Promise<IteratorResult<Response<unknown>>> {
    this.stopReading();
    this.#ready.clear();
    return Promise.resolve({ done: true, value: undefined });
  }

  [Symbol.asyncIterator](): this {
    return this;
  }
}
