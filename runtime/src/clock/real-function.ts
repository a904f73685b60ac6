import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What fake timers of sinon, Vitest and Jest leave on the functions that they make, and `node:test` on its `Date`. */
interface Fake {
  readonly clock?: Readonly<Record<string, unknown>>;
  readonly _isMockFunction?: boolean;
  readonly isMock?: boolean;
}

/**
 * A function that is found under its name in one of these objects, or that a fake in its place knows.
 * @returns `undefined` where all are fakes, and know nothing
 */
export function realFunction<F>(name: string, ...places: readonly object[]): F | undefined {
  const found = places.map((place) => (place as Record<string, F & Fake & { name: string }>)[name]);
  const own = found.find(
    (one) => one?.name === name && one.clock === undefined && !one._isMockFunction && !one.isMock,
  );
  return own ?? (found.find((one) => one?.clock?.[`_${name}`])?.clock?.[`_${name}`] as F | undefined);
}

interface TimeoutClass {
  new (
    callback: () => void,
    ms: number | undefined,
    args: unknown[] | undefined,
    isRepeated: boolean,
    isReferenced: boolean,
  ): NodeJS.Timeout;
}

/** Fakes of `node:test` know nothing; but a socket has a timer that is real. */
export function nodeTimeout<F>(isRepeated: boolean): F {
  const { Socket } = require('node:net') as typeof import('node:net');
  const socket = new Socket().setTimeout(1);
  const timer = Object.getOwnPropertySymbols(socket)
    .map((symbol) => (socket as unknown as Record<symbol, unknown>)[symbol])
    .find((value) => typeof (value as NodeJS.Timeout | undefined)?.refresh === 'function') as NodeJS.Timeout;
  const Timeout = timer.constructor as TimeoutClass;
  socket.setTimeout(0);
  return ((callback: () => void, ms?: number) =>
    new Timeout(callback, ms, undefined, isRepeated, true).refresh()) as F;
}

/** The same of `setImmediate`. */
export function nodeYield(): (callback: () => void) => unknown {
  const { scheduler } = require('node:timers/promises') as typeof import('node:timers/promises');
  return (callback) => scheduler.yield().then(callback);
}
