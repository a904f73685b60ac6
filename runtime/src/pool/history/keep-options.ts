import { OptionError } from '../../errors/errors.js';
import { mustKnowOptions } from '../../options/known-options.js';

/** How long something is kept: milliseconds, or a number with its unit, as `'500 ms'`, `'30 s'`, `'15 min'`, `'1 h'`, `'7 d'`. */
export type KeepTime = number | string;

/** Which answered jobs a pool keeps, and for how long; what is left out is not kept. */
export interface KeepOptions {
  /** How long jobs that have succeeded are kept. @default not at all */
  readonly ok?: KeepTime;
  /** How long jobs that have failed for good are kept. @default not at all */
  readonly failed?: KeepTime;
  /** How many are kept at most, of both and of all classes: the oldest go. @default 1,000 in memory, no limit over queues */
  readonly most?: number;
}

/** The same in milliseconds, as records carry it. */
export interface Keep {
  readonly ok?: number;
  readonly failed?: number;
  readonly most?: number;
}

const KNOWN: Record<keyof KeepOptions, true> = { ok: true, failed: true, most: true };
const UNITS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  min: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};
/** Some 34 years. */
const LONGEST_MS = 2 ** 40;

/** @throws OptionError */
export function keepOf(given: KeepOptions): Keep {
  mustKnowOptions('option keep', given, KNOWN);
  const { ok, failed, most } = given;
  if (ok === undefined && failed === undefined)
    throw new OptionError("option keep must say what is kept: { ok: '1 h', failed: '7 d' }, or one of them");
  if (most !== undefined && (!Number.isInteger(most) || most < 1))
    throw new OptionError(`option keep.most must be a whole number from 1; received ${String(most)}`);
  return {
    ...(ok !== undefined && { ok: timeOf('keep.ok', ok) }),
    ...(failed !== undefined && { failed: timeOf('keep.failed', failed) }),
    ...(most !== undefined && { most }),
  };
}

/** @throws OptionError */
function timeOf(name: string, given: unknown): number {
  const [, amount, unit = ''] =
    (typeof given === 'string' && /^\s*(\d+(?:\.\d+)?)\s*([a-z]+)\s*$/i.exec(given)) || [];
  const ms = amount === undefined ? given : Number(amount) * (UNITS[unit.toLowerCase()] ?? Number.NaN);
  if (typeof ms === 'number' && ms > 0 && ms <= LONGEST_MS) return ms;
  throw new OptionError(
    `option ${name} must be a time, as '1 h', '7 d' or milliseconds, at most 2 ** 40 of them; received ${typeof given === 'string' ? JSON.stringify(given) : String(given)}`,
  );
}

/** Is it what a record of another program may carry? */
export function isKeep(value: unknown): value is Keep | undefined {
  if (value === undefined) return true;
  if (typeof value !== 'object' || value === null) return false;
  const { ok, failed, most } = value as Keep;
  return [ok, failed, most].every((one) => one === undefined || (typeof one === 'number' && one > 0));
}
