import type { JobStatus } from '../contracts/job.js';
import type { JobBefore } from '../contracts/job-before.js';
import type { Logger } from '../contracts/logger.js';
import type { Response } from '../contracts/response.js';

const NONE: readonly JobBefore[] = [];

/** What a worker knows about the job it is busy with. */
export class JobContext {
  status: JobStatus = 'ready';
  attempt = 1;
  before = NONE;
  response: Response<unknown> | undefined;
  logger: Logger = console;
  /** Where reports of progress go; nowhere unless a pool runs the job. */
  report: ((value: unknown) => void) | undefined;
  /** What `cancel` does beside aborting the signal. */
  onCancel: (() => void) | undefined;
  #prefix: string;
  #index: number;
  #controller: AbortController | undefined;

  constructor(prefix = '', index = 0) {
    this.#prefix = prefix;
    this.#index = index;
  }

  get jobId(): string {
    return this.#prefix === '' ? '' : `${this.#prefix}.${this.#index}`;
  }

  /** Made when somebody looks, because few jobs do. */
  get signal(): AbortSignal {
    this.#controller ??= new AbortController();
    return this.#controller.signal;
  }

  abort(reason: unknown): void {
    this.#controller ??= new AbortController();
    this.#controller.abort(reason);
  }

  /** For a process that runs job after job: as new, for the next one. */
  renew(prefix: string, index: number, attempt: number): void {
    this.#prefix = prefix;
    this.#index = index;
    this.#controller = undefined;
    this.attempt = attempt;
    this.status = 'ready';
    this.before = NONE;
    this.response = undefined;
  }
}
