import { clearTimeout, LONGEST_TIMER_MS, setTimeout } from './timers.js';

/** Nobody answered in time; what was asked for may still be done. */
export class NoAnswer extends Error {
  constructor(ms: number) {
    super(`it does not answer within ${Math.round(ms)} ms`);
  }
}

/**
 * As the promise, but rejects when that takes too long.
 * @param ms no limit with Infinity
 * @param error what it rejects with then
 */
export function inTime<R>(
  work: Promise<R>,
  ms: number,
  error: () => Error = () => new NoAnswer(ms),
): Promise<R> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(error()), Math.min(ms, LONGEST_TIMER_MS));
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
