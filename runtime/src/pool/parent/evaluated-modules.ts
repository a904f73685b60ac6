import { isAbsolute } from 'node:path';
import { pathToFileURL } from 'node:url';

/** What V8 tells of a frame; not all of it is in the types of Node.js. */
type Frame = NodeJS.CallSite & { getEnclosingLineNumber?(): number; getEnclosingColumnNumber?(): number };

/**
 * URLs of the modules whose own top level has led to this call: those that are evaluated now, and those that wait for it by
 * `await`. A process that loads one of them would come here again.
 * @returns nothing where another library keeps the stack for itself
 */
export function evaluatedModules(): ReadonlySet<string> {
  const urls = new Set<string>();
  for (const frame of frames()) if (isTopLevel(frame)) urls.add(urlOf(frame.getFileName() ?? ''));
  return urls;
}

function frames(): Frame[] {
  const { prepareStackTrace, stackTraceLimit } = Error;
  try {
    // The top level is the outermost frame of a module.
    Error.stackTraceLimit = Number.POSITIVE_INFINITY;
    Error.prepareStackTrace = (_, sites) => sites;
    const holder: { stack?: unknown } = {};
    Error.captureStackTrace(holder, evaluatedModules);
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

/** V8 takes the code of a module, or the wrapper of CommonJS, for a function without a name that begins where the file does. */
function isTopLevel(frame: Frame): boolean {
  return (
    !frame.getFunctionName() &&
    frame.getEnclosingLineNumber?.() === 1 &&
    frame.getEnclosingColumnNumber?.() === 1
  );
}

function urlOf(file: string): string {
  return isAbsolute(file) ? pathToFileURL(file).href : file;
}
