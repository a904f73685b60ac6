import { resolve } from 'node:path';
import { OptionError } from '../errors/errors.js';
import { mustKnowOptions } from '../options/known-options.js';

/** Where a pool keeps jobs that have failed for good, and how many of them. */
export interface KeepFailedOptions {
  /** A folder; made where it is missing, for this user alone. What it holds besides is left alone. */
  readonly folder: string;
  /** How many files there are at most: the oldest go. @default 100 */
  readonly most?: number;
}

export interface ResolvedKeepFailed {
  /** From the root. */
  readonly folder: string;
  readonly most: number;
}

const KNOWN: Record<keyof KeepFailedOptions, true> = { folder: true, most: true };
const MOST = 100;

/** @throws OptionError */
export function resolveKeepFailed(given: KeepFailedOptions | undefined): ResolvedKeepFailed | undefined {
  if (given === undefined) return undefined;
  mustKnowOptions('option keepFailed', given, KNOWN);
  const { folder, most = MOST } = given;
  if (typeof folder !== 'string' || folder === '')
    throw new OptionError(
      `option keepFailed.folder must be the path of a folder; received ${String(folder)}`,
    );
  if (!Number.isInteger(most) || most < 1)
    throw new OptionError(`option keepFailed.most must be a whole number from 1; received ${String(most)}`);
  return { folder: resolve(folder), most };
}
