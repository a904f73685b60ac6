import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What V8 tells of a frame; not all of it is in the types of Node.js. */
export type Frame = NodeJS.CallSite & {
  getEnclosingLineNumber?(): number;
  getEnclosingColumnNumber?(): number;
};

/**
 * The frames above a function, with those of functions that wait for it by `await`.
 * @returns none where another library keeps the stack for itself
 */
export function callStack(above: (...values: never[]) => unknown): Frame[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    // The top level is the outermost frame of a module.
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, above);
    return Array.isArray(holder.stack) ? holder.stack : [];
  } catch {
    return [];
  } finally {
    try {
      Error.stackTraceLimit = stackTraceLimit;
      Error.prepareStackTrace = prepareStackTrace;
    } catch {
      // They are frozen, and were not changed.
    }
  }
}

/** Of the module that the frame's function is in; empty where it is in none. */
export function urlOf(frame: Frame): string {
  const file = frame.getFileName() ?? '';
  return isAbsolute(file) ? pathToFileURL(file).href : file;
}
