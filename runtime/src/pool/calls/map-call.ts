import type { Response } from '../../contracts/response.js';
import { ColumnRecord } from '../../response/call-record.js';
import type { Route } from '../parent/route.js';
import type { AnyWorker } from '../parent/task.js';
import { type CallOptions, ManyJobsCall } from './call.js';

export interface MapOptions extends CallOptions {
  /**
   * Makes the call one that can be taken up again, with the pool option `queues`: the same call with the same name runs
   * only what is missing, in this process or after it. Letters, digits, dot, dash and underscore.
   */
  readonly batch?: string;
}

/** A longer array that is made at once would be a table of V8's, which is slow. */
const LONGEST_AT_ONCE = 2 ** 24;

/** What a call may be going to need is not taken at once beyond this: 20 bytes for each. */
const MOST_RECORDS_AT_ONCE = 2 ** 20;

/** All responses, in the order of the arguments. */
export class MapCall extends ManyJobsCall {
  readonly result: Promise<Response<unknown>[]>;
  protected override readonly window = Number.POSITIVE_INFINITY;
  override readonly record: ColumnRecord;
  readonly isPatient: boolean;
  readonly #responses: Response<unknown>[];
  #resolve!: (responses: Response<unknown>[]) => void;
  #reject!: (error: Error) => void;

  constructor(
    route: Route,
    worker: AnyWorker,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    options: CallOptions,
  ) {
    super(route, worker, inputs, options);
    this.isPatient = options.onProgress === undefined;
    const { total = 0 } = this;
    const prefix = route.jobIdPrefix(this.task, this.number);
    this.record = new ColumnRecord(prefix, Math.min(total, MOST_RECORDS_AT_ONCE));
    this.#responses = new Array(total <= LONGEST_AT_ONCE ? total : 0);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.open();
  }

  protected override onAnswer(index: number, response: Response<unknown>): void {
    this.#responses[index] = response;
  }

  protected override onEnd(error: Error | undefined): void {
    // The input may have become shorter since.
    this.#responses.length = this.given;
    if (error === undefined) this.#resolve(this.#responses);
    else this.#reject(error);
  }
}
