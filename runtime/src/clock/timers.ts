import * as ofNode from 'node:timers';
import { nodeTimeout, nodeYield, realFunction } from './real-function.js';

/**
 * The timers of Node.js itself, whatever a test runner puts in their place: a program whose clock stands still has its jobs
 * done all the same. They are taken when this is loaded; test/repository/timers.test.ts sees to it that no other are used.
 */
export const setTimeout: typeof globalThis.setTimeout =
  realFunction('setTimeout', ofNode, globalThis) ?? nodeTimeout(false);
export const setInterval: typeof globalThis.setInterval =
  realFunction('setInterval', ofNode, globalThis) ?? nodeTimeout(true);
export const clearTimeout: (timer: NodeJS.Timeout | undefined) => void =
  realFunction('clearTimeout', ofNode, globalThis) ?? ((timer) => timer?.close());
export const clearInterval: (timer: NodeJS.Timeout | undefined) => void =
  realFunction('clearInterval', ofNode, globalThis) ?? ((timer) => timer?.close());
export const setImmediate: (callback: () => void) => unknown =
  realFunction('setImmediate', ofNode, globalThis) ?? nodeYield();
export const queueMicrotask: (callback: () => void) => void =
  realFunction('queueMicrotask', globalThis) ?? ((callback) => void Promise.resolve().then(callback));

/** What a timer can wait at most, in milliseconds: some 25 days. Longer ones come at once. */
export const LONGEST_TIMER_MS = 2 ** 31 - 1;

export function delay(ms: number): Promise<void> {
  return new Promise((resolve) => void setTimeout(resolve, ms));
}

/** Lets timers, signals and sockets of this process have their turn. */
export function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}

const { nextTick } = process;
const ownNextTick: typeof nextTick = realFunction('nextTick', process) ?? nextTick;

/** Makes something of Node.js that begins at its next tick, which is to come though a test runner holds that. */
export function withNextTick<R>(make: () => R): R {
  const { nextTick: found } = process;
  if (found === ownNextTick) return make();
  process.nextTick = ownNextTick;
  try {
    return make();
  } finally {
    process.nextTick = found;
  }
}
