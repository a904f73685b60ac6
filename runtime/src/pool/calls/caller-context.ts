import { AsyncLocalStorage } from 'node:async_hooks';

/** Runs a function with what `AsyncLocalStorage` held where this was made. */
export type CallerContext = ReturnType<typeof AsyncLocalStorage.snapshot>;

/** Of the code that runs now. It costs about as much as a function call, and each use a few of them. */
export function callerContext(): CallerContext {
  return AsyncLocalStorage.snapshot();
}

/** What nobody's code hears of needs no context: then there is none. */
export function within<R>(context: CallerContext | undefined, run: () => R): R {
  return context === undefined ? run() : context(run);
}
