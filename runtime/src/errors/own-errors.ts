import {
  AbortError,
  JobCanceledError,
  JobTimeoutError,
  ModuleLoadError,
  MprocError,
  OptionError,
  PoolClosedError,
  PoolFullError,
  ProcessCrashedError,
  QueueClosedError,
  QueueFullError,
  UnsupportedError,
  ValueError,
} from './errors.js';

/** The classes of errors of this package, for those who have to know one when they see it. */
export const OWN_ERRORS: readonly { readonly name: string; readonly prototype: Error }[] = [
  AbortError,
  JobCanceledError,
  JobTimeoutError,
  ModuleLoadError,
  MprocError,
  OptionError,
  PoolClosedError,
  PoolFullError,
  ProcessCrashedError,
  QueueClosedError,
  QueueFullError,
  UnsupportedError,
  ValueError,
];
