import { OptionError } from '../errors/errors.js';

/** @throws OptionError */
export function whole(
  name: string,
  value: unknown,
  smallest: number,
  largest = Number.MAX_SAFE_INTEGER,
): number {
  if (Number.isInteger(value) && (value as number) >= smallest && (value as number) <= largest)
    return value as number;
  const range = largest === Number.MAX_SAFE_INTEGER ? `from ${smallest}` : `from ${smallest} to ${largest}`;
  throw new OptionError(`option ${name} must be a whole number ${range}; received ${String(value)}`);
}
