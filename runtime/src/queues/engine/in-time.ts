import { clearTimeout, setTimeout } from '../../clock/timers.js';

/** Nobody answered in time; what was asked for may still be done. */
export class NoAnswer extends Error {
  constructor(ms: number) {
    super(`it does not answer within ${Math.round(ms)} ms`);
  }
}

/** As the promise, but rejects with `NoAnswer` when that takes too long. */
export function inTime<R>(work: Promise<R>, ms: number): Promise<R> {
  let timer: NodeJS.Timeout;
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new NoAnswer(ms)), ms);
  });
  return Promise.race([work, late]).finally(() => clearTimeout(timer));
}
