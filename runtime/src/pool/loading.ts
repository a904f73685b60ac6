import { MprocError } from '../errors/errors.js';

/** Under this name a process finds out what it loads; a module may come with a copy of this package of its own. */
const LOADING = Symbol.for('mproc-worker.loading');

type Holder = { [LOADING]?: () => string | undefined };

/** @param now tells which worker's module this process loads while it does nothing else, or has loaded and what no job called goes on in */
export function tellLoading(now: () => string | undefined): void {
  (globalThis as Holder)[LOADING] = now;
}

/**
 * A program that makes a pool and has its worker's class in the same file would be loaded by each process of the pool,
 * and make one there as well, and so on until the machine has no room left.
 * @throws MprocError `ERR_MODULE_LOAD`
 */
export function mustNotBeLoading(): void {
  const module = (globalThis as Holder)[LOADING]?.();
  if (module === undefined) return;
  throw new MprocError(
    'ERR_MODULE_LOAD',
    `a pool was made by the top level of ${module}, which a process of a pool has loaded, as each of its processes would do again; put the worker's class in a module of its own. A bundler that merged the two needs an entry for the worker's module`,
  );
}
