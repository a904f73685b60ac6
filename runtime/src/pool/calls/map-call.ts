import type { Response } from '../../contracts/response.js';
import { ColumnRecord } from '../../response/call-record.js';
import { exitCodeOf, firstSuccess, isSettledResponse, settledResponse } from '../../response/job-response.js';
import type { Route } from '../jobs/route.js';
import type { AnyWorker } from '../jobs/task.js';
import { type CallOptions, ManyJobsCall } from './call.js';

/** Options of `map`, beside those of every call of many jobs. */
export interface MapOptions<Args = never> extends CallOptions<Args> {
  /**
   * With the pool option `queues`: a name under which the call can be taken up again. After the caller was killed, the same
   * call with the same name runs only what is missing. Letters, digits, dot, dash and underscore, at most 92.
   * @default none
   */
  readonly batch?: string;
  /**
   * Gives bodies in place of responses. The first job that fails rejects the call with its error: waiting jobs do not
   * begin, and running jobs are stopped.
   * @default false
   */
  readonly orThrow?: boolean;
}

/** A longer array that is made at once would be a table of V8's, which is slow. */
const LONGEST_AT_ONCE = 2 ** 24;

/** What a call may be going to need is not taken at once beyond this: 20 bytes for each. */
const MOST_RECORDS_AT_ONCE = 2 ** 20;

/** So many responses are made at the end of a call, which takes some milliseconds; those of later jobs at once. */
const MOST_UNSEEN = 2 ** 18;

/** All responses, in the order of the arguments. */
export class MapCall extends ManyJobsCall {
  /** Responses, or bodies where those are asked for. */
  readonly result: Promise<unknown[]>;
  protected override readonly window = Number.POSITIVE_INFINITY;
  override readonly record: ColumnRecord;
  readonly isPatient: boolean;
  readonly #throws: boolean;
  /**
   * Responses, or the body alone where nobody has seen the response yet: made at the end, in an array as young as they are,
   * it goes with it when it is not kept. Until then V8 would move it twice.
   */
  readonly #held: unknown[];
  /** Its end was not that of its jobs. */
  wasCutShort = false;
  /** Arguments that were not taken, and have an answer all the same. */
  #unasked = 0;
  #resolve!: (responses: unknown[]) => void;
  #reject!: (error: Error) => void;

  constructor(
    route: Route,
    worker: AnyWorker,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    options: MapOptions,
  ) {
    super(route, worker, inputs, options);
    this.#throws = options.orThrow ?? false;
    this.isPatient = options.onProgress === undefined && options.steering === undefined;
    const { total = 0 } = this;
    const prefix = route.jobIdPrefix(this.task, this.number);
    this.record = new ColumnRecord(prefix, Math.min(total, MOST_RECORDS_AT_ONCE));
    this.#held = new Array(total <= LONGEST_AT_ONCE ? total : 0);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.open();
  }

  protected override onAnswer(index: number, response: Response<unknown>): void {
    this.#held[index] = response;
    if (this.#throws && !response.ok) this.fail(response.error);
  }

  settleUnseen(index: number, body: unknown): void {
    if (this.isOver) return;
    this.#held[index] = index < MOST_UNSEEN ? body : firstSuccess(body, index, this.record);
    this.settled();
  }

  giveRest(error: Error): void {
    if (this.#throws) return this.fail(error);
    this.wasCutShort = true;
    const count = this.given + this.rest();
    for (let index = 0; index < count; index += 1)
      if (!Object.hasOwn(this.#held, index)) this.#held[index] = this.#unfinished(index, error);
    this.#unasked = this.rest();
    this.endUnfinished();
  }

  #unfinished(index: number, error: Error): Response<unknown> {
    const attempts = this.openJob(index)?.earlier ?? [];
    return settledResponse(error, undefined, exitCodeOf(error), index, this.record, attempts);
  }

  protected override onEnd(error: Error | undefined): void {
    if (error !== undefined) this.#reject(error);
    else this.#resolve(this.#throws ? this.#bodies() : this.#madeResponses());
  }

  #madeResponses(): Response<unknown>[] {
    const held = this.#held;
    const count = this.given + this.#unasked;
    const responses = new Array<Response<unknown>>(count <= LONGEST_AT_ONCE ? count : 0);
    for (let index = 0; index < count; index += 1)
      responses[index] = isSettledResponse(held[index])
        ? (held[index] as Response<unknown>)
        : firstSuccess(held[index], index, this.record);
    if (this.keepsInputs) for (const response of responses) this.addInput(response);
    return responses;
  }

  #bodies(): unknown[] {
    return this.#held.map((held) => (isSettledResponse(held) ? (held as Response<unknown>).body : held));
  }
}
