import type { OpenCall } from './call.js';
import type { Disturbance } from './legal-responses.js';

/** What is wrong with how a call was rejected. */
export function wrongRejection(error: unknown, call: OpenCall, around: Disturbance): string | undefined {
  const { code = 'none', message = '' } = Object(error ?? {}) as { code?: string; message?: string };
  const told = `${call.form} was rejected with ${code}: ${message.slice(0, 300)}`;
  if (message === `input of call ${call.number} throws`) return call.inputThrows ? undefined : told;
  switch (code) {
    case 'ABORT_ERR':
      return call.isAborted ? undefined : told;
    case 'ERR_POOL_CLOSED':
      return around.isEnding ? undefined : told;
    case 'ERR_POOL_FULL':
      return call.form === 'run' ? undefined : told;
    case 'ERR_MODULE_LOAD':
      return mayNotHaveLoaded(message, call, around) ? undefined : told;
    // Each process that starts may be killed.
    case 'ERR_PROCESS_START':
      return around.innocentsMayDie ? undefined : told;
    default:
      return told;
  }
}

/** A process that is killed while it loads a module is hardly ever the module's doing; so many are taken for it. */
const MOST_KILLED_LOADS = 20;

/** A module has a time to load where there is a limit, and a busy machine needs longer. */
function mayNotHaveLoaded(message: string, { limitMs }: OpenCall, { kills }: Disturbance): boolean {
  if (message.includes('waited for its module')) return limitMs !== undefined;
  return /was ended by SIG(KILL|TERM)/.test(message) && kills >= MOST_KILLED_LOADS;
}
