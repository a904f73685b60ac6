// The queue of the template `shared-memory` against the class of the runtime opened by hand, as there is no client beneath it.
import type { BenchOptions, BenchResult } from './measure/benchmark.js';
import { openByHand } from './queues/by-hand/shared-memory.js';
import { measureQueue } from './queues/measure-queue.js';

export function run(options: BenchOptions): Promise<BenchResult> {
  return measureQueue('shared-memory', openByHand, options);
}
