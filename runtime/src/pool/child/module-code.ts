import { callStack, urlOf } from '../call-stack.js';
import { loadedModules, loadingNow } from './load-task.js';

/**
 * The worker's module whose own code has led to this call, and no job: it is being loaded while this process does nothing else,
 * or it goes on after an `await` that nobody waits for.
 * @param running jobs that have begun and not ended
 * @param handled messages that are being handled; what goes on may be theirs, or a job's
 */
export function moduleByItself(running: number, handled: number): string | undefined {
  if (running + handled > 0) return running === loadingNow.length ? loadingNow[0] : undefined;
  const urls = new Set(callStack(moduleByItself).map(urlOf));
  return [...loadedModules].find((url) => urls.has(url));
}
