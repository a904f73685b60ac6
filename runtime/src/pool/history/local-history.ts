import { monotonicMs } from '../../clock/monotonic-ms.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { Response } from '../../contracts/response.js';
import { hostName } from '../host-name.js';
import type { Job } from '../jobs/job.js';
import { type AnsweredJob, errorLine, type HistoryOptions, historyFilter } from './answered-job.js';
import type { Keep } from './keep-options.js';

const MOST = 1_000;
const LISTED = 100;

interface Kept {
  readonly job: AnsweredJob;
  /** By the monotonic clock. */
  readonly endsAt: number;
}

/** The answered jobs of a pool that has no queues, in its own memory. */
export class LocalHistory {
  readonly #keep: Keep;
  readonly #most: number;
  /** The oldest first. */
  readonly #kept = new Map<string, Kept>();

  constructor(keep: Keep) {
    this.#keep = keep;
    this.#most = keep.most ?? MOST;
  }

  add({ jobId, args, task }: Job, { ok, body, error, exitCode, attempts }: Response<unknown>): void {
    const forMs = ok ? this.#keep.ok : this.#keep.failed;
    if (forMs === undefined) return;
    const job: AnsweredJob = {
      jobId,
      class: task.name,
      state: ok ? 'ok' : 'failed',
      args,
      ...(ok ? { body } : { error }),
      exitCode,
      attempts,
      putAt: undefined,
      answeredAt: new Date(wallClockMs()),
      host: hostName(),
    };
    this.#kept.delete(jobId);
    this.#kept.set(jobId, { job, endsAt: monotonicMs() + forMs });
    this.#prune();
  }

  /** A look at the oldest: others whose time is over go when they are, or when somebody asks. */
  #prune(): void {
    const now = monotonicMs();
    for (const [id, { endsAt }] of this.#kept) {
      if (endsAt > now && this.#kept.size <= this.#most) return;
      this.#kept.delete(id);
    }
  }

  /** The newest first. @throws OptionError */
  list(options: HistoryOptions): AnsweredJob[] {
    const {
      ids,
      kinds,
      ok,
      since = -Infinity,
      until = Infinity,
      error,
      limit = LISTED,
    } = historyFilter(options);
    const now = monotonicMs();
    for (const [id, { endsAt }] of this.#kept) if (endsAt <= now) this.#kept.delete(id);
    const isMeant = (job: AnsweredJob) => {
      const at = job.answeredAt.getTime();
      if (at < since || at >= until) return false;
      if (ok !== undefined && ok !== (job.state === 'ok')) return false;
      if (!(ids?.includes(job.jobId) ?? true) || !(kinds?.includes(job.class) ?? true)) return false;
      return (
        error === undefined || errorLine(job.error)?.toLowerCase().includes(error.toLowerCase()) === true
      );
    };
    const all = [...this.#kept.values()].map(({ job }) => job).filter(isMeant);
    return all.reverse().slice(0, limit);
  }
}
