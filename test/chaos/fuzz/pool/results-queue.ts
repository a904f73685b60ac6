import { setTimeout as sleep } from 'node:timers/promises';
import { NullQueue } from 'mproc-worker';
import type { Random } from '../random.js';

/** Counts what a pool puts on its queue of results, and takes its time. */
export class CountingQueue extends NullQueue<unknown> {
  readonly puts = new Map<string, number>();
  most = 0;
  #open = 0;

  constructor(readonly random: Random) {
    super('results');
  }

  override async put(values: unknown): Promise<string[]> {
    this.#open += 1;
    this.most = Math.max(this.most, this.#open);
    if (this.random.chance(0.1)) await sleep(this.random.below(5));
    const records = (Array.isArray(values) ? values : [values]) as { jobId: string }[];
    for (const { jobId } of records) this.puts.set(jobId, (this.puts.get(jobId) ?? 0) + 1);
    this.#open -= 1;
    return records.map(({ jobId }) => jobId);
  }
}
