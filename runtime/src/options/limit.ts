import { OptionError } from '../errors/errors.js';

/** A positive number; `undefined` and Infinity mean that there is no limit. */
export function limit(name: string, value: unknown): number | undefined {
  if (value === undefined || value === Number.POSITIVE_INFINITY) return undefined;
  if (typeof value === 'number' && value > 0) return value;
  throw new OptionError(
    `option ${name} must be a number above 0; received ${String(value)}. Leave it out for no limit.`,
  );
}
