import type { Measured } from '../figure.js';
import { type FuzzSize, runFuzz } from '../fuzz/figure.js';

export const goal =
  'random calls, kills, stops, limits and callbacks against a model of the pool: no wrong, lost or second answer, no hang, no crash, nothing left; at full size 10 minutes';
export const sizes = { smoke: { seconds: 5 }, reduced: { seconds: 60 }, full: { seconds: 600 } };

export const run = (size: FuzzSize): Promise<Measured> => runFuzz('fuzz', 'pool', size);
