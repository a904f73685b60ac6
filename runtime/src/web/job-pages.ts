import { type KeptJob, keptJob, keptJobs, type WholeJob, wholeJob } from '../inspect/queues/kept-jobs.js';
import type { OpenedQueue } from '../inspect/queues/open-queues.js';
import { Refusal } from './guard.js';

const MOST_JOBS = 200;

/** What the page shows of answered jobs. */
export class JobPages {
  readonly #histories: readonly OpenedQueue[];

  constructor(histories: readonly OpenedQueue[]) {
    this.#histories = histories;
  }

  /** Is there a queue that keeps some? */
  get canBe(): boolean {
    return this.#histories.some(({ queue }) => queue?.supports.history);
  }

  async jobs(query: URLSearchParams): Promise<{ jobs: KeptJob[]; more: boolean }> {
    const [name, state, error] = ['class', 'state', 'error'].map((field) => query.get(field) || undefined);
    if (state !== undefined && state !== 'ok' && state !== 'failed')
      throw new Refusal(400, 'state is ok or failed');
    const jobs = await keptJobs(this.#usable, {
      ...(name !== undefined && { kinds: [name] }),
      ...(state !== undefined && { ok: state === 'ok' }),
      ...(error !== undefined && { error }),
      limit: MOST_JOBS + 1,
    });
    return { jobs: jobs.slice(0, MOST_JOBS).map(keptJob), more: jobs.length > MOST_JOBS };
  }

  async job(query: URLSearchParams): Promise<WholeJob> {
    const [job] = await keptJobs(this.#usable, { ids: [query.get('id') ?? ''], limit: 1 });
    if (job === undefined) throw new Refusal(404, 'it is not kept any more');
    return wholeJob(job);
  }

  get #usable(): readonly OpenedQueue[] {
    return this.#histories.filter(({ queue }) => queue?.supports.history);
  }
}
