import { isMainThread, type Worker as Thread } from 'node:worker_threads';
import { setTimeout } from '../clock/timers.js';
import { trackWith } from '../segment/libc.js';
import { sweepDeadThreads } from './sweep.js';
import { ThreadLedger } from './thread-ledger.js';

/** How often, and after how many milliseconds, is looked again while children of a dead thread still end. */
const LOOKS = 100;
const BETWEEN_LOOKS_MS = 20;

/** Linux alone lets a thread be told from a later one, and a child from a later one. */
const CAN_SWEEP = process.platform === 'linux';
const ledger = CAN_SWEEP && !isMainThread ? new ThreadLedger() : undefined;

/**
 * Has what a thread leaves that is terminated given back: soon after, where the thread that made it has loaded this, else
 * with the next pool that any thread of the process makes.
 */
export function watchThreads(): void {
  if (!CAN_SWEEP) return;
  process.on('worker', (thread: Thread) => {
    thread.once('exit', sweep);
  });
  if (ledger === undefined) return;
  trackWith(ledger);
  process.on('exit', () => ledger.close());
}

/** Now, and while something is left. */
export function sweep(): void {
  if (CAN_SWEEP) lookAgain(LOOKS);
}

function lookAgain(looks: number): void {
  if (!sweepDeadThreads(ledger?.fd) || looks === 0) return;
  setTimeout(() => lookAgain(looks - 1), BETWEEN_LOOKS_MS).unref();
}
