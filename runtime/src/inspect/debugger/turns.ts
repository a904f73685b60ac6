import { monotonicMs } from '../../clock/monotonic-ms.js';
import { delay } from '../../clock/timers.js';
import { type Request, read, request, withdraw } from './request.js';

/** How long one who looks is waited for, in milliseconds; most looks take some tens. */
const WAITING_MS = 5_000;
const LOOK_MS = 5;

/**
 * Waits for whoever looks into a process, in this program or another one, and says that it is this one's turn: a process
 * has one debugger, and tells its address once.
 * @param expected how many addresses of its debugger its parent will read, knowing what one who was killed, or has given up, has left
 * @throws Error naming who looks, when that takes long
 */
export async function takeTurn(pid: number, expected: (left: Request | undefined) => number): Promise<void> {
  const until = monotonicMs() + WAITING_MS;
  for (;;) {
    const before = read(pid);
    if (before?.asker === undefined) {
      if (before !== undefined) withdraw(pid);
      if (request(pid, expected(before))) return;
    } else if (monotonicMs() > until) throw new Error(`process ${before.asker} looks into it`);
    await delay(LOOK_MS);
  }
}
