import type { Bundle } from '../parent/placing/bundle.js';
import type { Caller } from './caller.js';
import type { Job } from './job.js';
import type { OpenCalls } from './open-calls.js';

/** The bundles that lie in shared memory. */
export interface BundleList {
  all(): Bundle[];
}

/** Finds jobs wherever they are, as long as they are not answered: what is open beside them makes no difference. */
export class JobLookup {
  readonly #calls: OpenCalls;
  readonly #bundles: BundleList;
  readonly #unbundle: (bundle: Bundle) => void;

  /** @param unbundle ends a bundle, so that its jobs lie elsewhere, each by itself */
  constructor(calls: OpenCalls, bundles: BundleList, unbundle: (bundle: Bundle) => void) {
    this.#calls = calls;
    this.#bundles = bundles;
    this.#unbundle = unbundle;
  }

  /** An id is the number of the call behind the prefix of its worker, and the position of the job. */
  withId(jobId: string): Job | undefined {
    const [, prefix, call, position] = /^(.*\.(\d+))\.(\d+)$/s.exec(String(jobId)) ?? [];
    const caller = this.#calls.withNumber(Number(call));
    if (caller === undefined || caller.record.jobIdPrefix !== prefix) return undefined;
    const index = Number(position);
    const job = caller.openJob(index) ?? this.#takeFromBundle(caller, index);
    return job?.jobId === jobId ? job : undefined;
  }

  #takeFromBundle(caller: Caller, index: number): Job | undefined {
    if (caller.bundles === 0) return undefined;
    const bundle = this.#bundles.all().find((one) => one.caller === caller && one.holds(index));
    if (bundle === undefined) return undefined;
    this.#unbundle(bundle);
    return caller.openJob(index);
  }

  of(caller: Caller): Job[] {
    if (caller.bundles > 0)
      for (const bundle of this.#bundles.all()) if (bundle.caller === caller) this.#unbundle(bundle);
    return caller.openJobs();
  }
}
