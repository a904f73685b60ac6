import { callStack, type Frame, urlOf } from '../call-stack.js';

/**
 * URLs of the modules whose own top level has led to this call: those that are evaluated now, and those that wait for it by
 * `await`. A process that loads one of them would come here again.
 * @returns nothing where another library keeps the stack for itself
 */
export function evaluatedModules(): ReadonlySet<string> {
  const urls = new Set<string>();
  for (const frame of callStack(evaluatedModules)) if (isTopLevel(frame)) urls.add(urlOf(frame));
  return urls;
}

/** V8 takes the code of a module, or the wrapper of CommonJS, for a function without a name that begins where the file does. */
function isTopLevel(frame: Frame): boolean {
  return (
    !frame.getFunctionName() &&
    frame.getEnclosingLineNumber?.() === 1 &&
    frame.getEnclosingColumnNumber?.() === 1
  );
}
