import type { Random } from './random.js';
import type { Report } from './report.js';

/** Some seconds of random operations, after which nothing of them is left. */
export type Round = (random: Random, report: Report) => Promise<void>;
