import type { Response } from '../../contracts/response.js';
import { ColumnRecord } from '../../response/call-record.js';
import type { Job } from '../parent/job.js';
import type { PoolCore } from '../parent/pool-core.js';
import type { AnyWorker } from '../parent/task.js';
import { type CallOptions, ManyJobsCall } from './call.js';

/** All responses, in the order of the arguments. */
export class MapCall extends ManyJobsCall {
  readonly result: Promise<Response<unknown>[]>;
  protected override readonly window = Number.POSITIVE_INFINITY;
  override readonly record = new ColumnRecord(`${this.task.prefix}.${this.number}`);
  readonly #responses: Response<unknown>[] = [];
  #resolve!: (responses: Response<unknown>[]) => void;
  #reject!: (error: Error) => void;

  constructor(
    core: PoolCore,
    worker: AnyWorker,
    inputs: Iterable<unknown> | AsyncIterable<unknown>,
    options: CallOptions,
  ) {
    super(core, worker, inputs, options);
    this.result = new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
    });
    this.open();
  }

  protected override onAnswer(job: Job, response: Response<unknown>): void {
    this.#responses[job.index] = response;
  }

  protected override onEnd(error: Error | undefined): void {
    if (error === undefined) this.#resolve(this.#responses);
    else this.#reject(error);
  }
}
