import type { Measured } from '../figure.js';
import { type FuzzSize, runFuzz } from '../fuzz/figure.js';

export const goal =
  'random calls on queues in shared memory, by processes that are killed and stopped, judged by their logs: nothing lost, taken twice or held by two, in order, who waits is woken; at full size 10 minutes';
export const sizes = { smoke: { seconds: 5 }, reduced: { seconds: 60 }, full: { seconds: 600 } };

export const run = (size: FuzzSize): Promise<Measured> => runFuzz('fuzz-queue', 'queue', size);
