import { inTime } from '../../clock/in-time.js';
import { attemptHooks } from '../channels/attempt-hooks.js';

/** Lets what surrounds attempts give away what it has kept, as long as a teardown may take. */
export async function endOfHooks(timeoutMs: number): Promise<void> {
  const ending = attemptHooks()?.beforeEnd?.();
  if (ending === undefined) return;
  try {
    await inTime(ending, timeoutMs);
  } catch (error) {
    console.error('what was to be done before the end of the process failed:', error);
  }
}
