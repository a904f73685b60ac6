import { OptionError } from '../errors/errors.js';

/** @throws OptionError */
export function functionOrNone<F>(name: string, value: F | undefined, what = 'a function'): F | undefined {
  if (value === undefined || typeof value === 'function') return value;
  throw new OptionError(`option ${name} must be ${what}; received ${String(value)}`);
}
