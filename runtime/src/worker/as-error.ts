import { inspect } from 'node:util';

/** Whatever was thrown, as an error: itself where it is one, else an error whose `cause` it is. */
export function asError(thrown: unknown): Error {
  if (thrown instanceof Error) return thrown;
  const text = typeof thrown === 'string' ? thrown : textOf(thrown);
  return new Error(`a value that is not an error was thrown: ${text}`, { cause: thrown });
}

function textOf(thrown: unknown): string {
  try {
    return inspect(thrown, { depth: 1, breakLength: Number.POSITIVE_INFINITY });
  } catch {
    // Its class may have an `inspect` of its own.
    return `${typeof thrown} that cannot be shown`;
  }
}
