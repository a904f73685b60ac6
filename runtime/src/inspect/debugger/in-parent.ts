// What a parent does with the debuggers of its children. It is loaded when one is first opened.

import { inTime } from '../../clock/in-time.js';
import { monotonicMs } from '../../clock/monotonic-ms.js';
import { catches } from '../proc.js';
import { readStack } from './read-stack.js';
import { answer } from './request.js';
import { DebuggerSession } from './session.js';
import { SIGUSR1 } from './signal.js';

/** What tells the address of its debugger when that is opened. */
interface Debuggee {
  readonly pid: number;
  onDebugger: ((address: string) => void) | undefined;
}

/**
 * A child has told the address of its debugger, on its stderr, and this process has not asked for it.
 * @returns whether another one has, by `mproc dump`; else the user has opened it, and wants to see that
 */
export function onAddress(pid: number, address: string): boolean {
  const outcome = answer(pid, address);
  // Nobody is left who would close it.
  if (outcome === 'too-late') void closeDebugger(address);
  return outcome !== 'nobody';
}

/**
 * The stack of a child that runs something, as text. It goes on when this is done, and its debugger is closed.
 * @param withinMs how long this may take; what comes later is closed all the same
 * @returns `undefined` where it runs no JavaScript of the user's, or does not answer
 */
export async function stackOf(child: Debuggee, withinMs: number): Promise<string | undefined> {
  const until = monotonicMs() + withinMs;
  // It would end one that does not listen.
  if (child.onDebugger !== undefined || !catches(child.pid, SIGUSR1)) return undefined;
  const address = new Promise<string>((resolve) => {
    child.onDebugger = resolve;
  });
  process.kill(child.pid, SIGUSR1);
  const stack = address.then((found) => stackAt(found, withinMs));
  // It may have ended meanwhile, or its debugger have been refused.
  const text = await inTime(stack, Math.max(0, until - monotonicMs())).catch(() => undefined);
  return text || undefined;
}

async function stackAt(address: string, pauseMs: number): Promise<string> {
  const session = await DebuggerSession.open(address);
  try {
    return await readStack(session, pauseMs, { onlyOwn: true });
  } finally {
    void session.end();
  }
}

async function closeDebugger(address: string): Promise<void> {
  try {
    const session = await DebuggerSession.open(address);
    await session.end();
  } catch {
    // It has ended.
  }
}
