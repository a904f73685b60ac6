import { monotonicMs } from '../../clock/monotonic-ms.js';
import { delay } from '../../clock/timers.js';
import { MOST_WAITING_MS } from '../waited-ms.js';
import { type Request, read, request, withdraw } from './request.js';
import { waitedByLookMs } from './waited-by-look.js';

/** How long each one who looks is waited for, in milliseconds; most looks take some tens. */
const WAITING_MS = 5_000;
const LOOK_MS = 5;

/**
 * Waits for whoever looks into a process, in this program or another one, and says that it is this one's turn: a process
 * has one debugger, and tells its address once.
 * @param expected how many addresses of its debugger its parent will read, knowing what one who was killed, or has given up, has left
 * @param waitingMs how long one who looks is waited for
 * @throws Error naming who looks, when that takes long; time in which that one, or the process, waits for a processor does not count
 */
export async function takeTurn(
  pid: number,
  expected: (left: Request | undefined) => number,
  waitingMs = WAITING_MS,
): Promise<void> {
  let looker: { readonly asker: number; readonly until: number; readonly waitedBefore: number } | undefined;
  for (;;) {
    const before = read(pid);
    const asker = before?.asker;
    if (asker === undefined) {
      if (before !== undefined) withdraw(pid);
      if (request(pid, expected(before))) return;
    } else if (asker !== looker?.asker)
      looker = { asker, until: monotonicMs() + waitingMs, waitedBefore: waitedByLookMs(pid, asker) };
    else if (monotonicMs() > looker.until) {
      const waited = waitedByLookMs(pid, asker) - looker.waitedBefore;
      if (monotonicMs() > looker.until + Math.min(waited, MOST_WAITING_MS))
        throw new Error(`process ${asker} looks into it`);
    }
    await delay(LOOK_MS);
  }
}
