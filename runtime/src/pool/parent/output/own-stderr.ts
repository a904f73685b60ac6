import { setImmediate, withNextTick } from '../../../clock/timers.js';
import type { Sink } from './pipe-reader.js';

/** Who waits until this process's stderr has room. */
const waiting = new Set<() => void>();
/** Writes that stderr has not confirmed. */
let unconfirmed = 0;

/**
 * Writes to this process's own stderr, whose reader may be slow, or gone: then nothing is written, and nothing else happens.
 * @returns `false` when more than this should wait until `onceStderrHasRoom` calls back
 */
function writeToStderr(chunk: Uint8Array): boolean {
  const { stderr } = process;
  if (!stderr.writable) return true;
  // An error of these writes is not the program's; without a listener it would end it.
  if (unconfirmed === 0) stderr.on('error', ignore);
  unconfirmed += 1;
  withNextTick(() => stderr.write(chunk, () => setImmediate(confirm)));
  // Programs replace `write`, with functions that return nothing.
  return !stderr.writableNeedDrain;
}

function ignore(): void {}

/** The event of an error comes after the callback of its write. */
function confirm(): void {
  unconfirmed -= 1;
  if (unconfirmed === 0) process.stderr.off('error', ignore);
}

/** How much may wait for its reader before no process is made in place of one that has died, in bytes. */
const MOST_WAITING_BYTES = 1024 * 1024;

/** Does so much wait in this process's stderr that nobody should die for more to come? */
export function isStderrHeldUp(): boolean {
  // Who has not written to it does not make it.
  return unconfirmed > 0 && process.stderr.writable && process.stderr.writableLength > MOST_WAITING_BYTES;
}

/** However many wait, stderr has one listener of each kind. */
export function onceStderrHasRoom(callback: () => void): void {
  if (waiting.size === 0) for (const event of ['drain', 'error', 'close']) process.stderr.on(event, tell);
  waiting.add(callback);
}

function tell(): void {
  for (const event of ['drain', 'error', 'close']) process.stderr.off(event, tell);
  const callbacks = [...waiting];
  waiting.clear();
  for (const callback of callbacks) callback();
}

/** The stderr of this process, for what its children write to theirs. */
export const ownStderr: Sink = { take: writeToStderr, onceRoom: onceStderrHasRoom };
