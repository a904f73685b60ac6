import type { JobBefore } from '../../contracts/job-before.js';
import type { Logger } from '../../contracts/logger.js';
import type { Worker } from '../worker.js';

/** What a function of `defineWorker` knows about its job, beside the arguments. */
export interface FunctionJob<Resource = unknown> {
  /** Unique within the pool. */
  readonly id: string;
  /** Number of the attempt, from 1. */
  readonly attempt: number;
  /** What became of the jobs before this one, in the order of `after`; empty where it comes after none. */
  readonly before: readonly JobBefore[];
  /** Aborted when the job is canceled or has run too long. */
  readonly signal: AbortSignal;
  /** For what the job has to say. */
  readonly logger: Logger;
  /** Tells whoever started the job how far it is; arrives before the job's response. */
  readonly progress: (value: unknown) => void;
  /** What `setup` has given in this process. */
  readonly resource: Resource;
}

/** The job of a worker, whichever it is at: most functions never look at it, so that none is made for each job. */
export class JobOfWorker<Resource> implements FunctionJob<Resource> {
  readonly #worker: Worker;
  readonly #resource: () => Resource;
  readonly progress: (value: unknown) => void;

  constructor(worker: Worker, resource: () => Resource) {
    this.#worker = worker;
    this.#resource = resource;
    // Also for who takes it out of the object.
    this.progress = (value) => worker.progress(value);
  }

  get id(): string {
    return this.#worker.jobId;
  }

  get resource(): Resource {
    return this.#resource();
  }

  get attempt(): number {
    return this.#worker.attempt;
  }

  get before(): readonly JobBefore[] {
    return this.#worker.before;
  }

  get signal(): AbortSignal {
    return this.#worker.signal;
  }

  get logger(): Logger {
    return this.#worker.logger;
  }
}
