// What is loaded when it is first used: a part of this package that many programs never need.
import { errnoOf, systemError } from '../errors/system-error.js';

/**
 * Loads such a part, which takes a descriptor at that moment.
 * @throws MprocError `ERR_SYSTEM` where the system refuses it; the next use tries again
 */
export function loadPart<Part>(load: () => Part): Part {
  try {
    return load();
  } catch (error) {
    throw errnoOf(error) === undefined
      ? error
      : systemError('a part of mproc-worker could not be loaded', error);
  }
}

/** A class that stands for one which is loaded when something is done with it: called, extended, looked at, compared. */
export function standIn<Class extends object>(real: () => Class): Class {
  const handler = new Proxy(
    {},
    {
      get:
        (_, trap: keyof ProxyHandler<object>) =>
        (_target: object, ...rest: unknown[]) =>
          (Reflect[trap] as (...values: unknown[]) => unknown)(real(), ...rest),
    },
  );
  // Bound, it has no prototype of its own that the real one would have to agree with.
  return new Proxy(placeholder.bind(undefined), handler) as unknown as Class;
}

function placeholder(): void {}

/** A function that loads the one it stands for when it is first called. */
export function forwarded<Args extends unknown[], Result>(
  real: () => (...args: Args) => Result,
): (...args: Args) => Result {
  let found: ((...args: Args) => Result) | undefined;
  return (...args) => {
    found ??= real();
    return found(...args);
  };
}
