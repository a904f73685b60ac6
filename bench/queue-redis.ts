// The queue of the template `redis` against the same commands issued by hand through its client.
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { openByHand } from './queues/by-hand/redis.js';
import { measureQueue } from './queues/measure-queue.js';

export function run(options: BenchOptions): Promise<BenchResult> {
  return measureQueue('redis', openByHand, options);
}
