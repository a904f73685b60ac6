import type { Measured } from '../figure.js';
import { type FuzzSize, runFuzz } from '../fuzz/figure.js';

export const goal =
  'random hosts and callers around an engine, killed, stopped and drained: every job one right response, nothing lost, nothing left in the engine; at full size 10 minutes';
export const sizes = { smoke: { seconds: 5 }, reduced: { seconds: 60 }, full: { seconds: 600 } };

export const run = (size: FuzzSize): Promise<Measured> => runFuzz('fuzz-hosts', 'hosts', size);
