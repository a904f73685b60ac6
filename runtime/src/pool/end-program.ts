import { constants } from 'node:os';
import type { Writable } from 'node:stream';
import { setTimeout } from '../clock/timers.js';

/** How long a process may take to end by a signal before it exits instead, in milliseconds. */
const UNHEARD_MS = 1_000;

/**
 * Ends this process by a signal that nobody listens for any more. What was written to its stdout and stderr, by jobs, too,
 * comes first, however slow the reader is; a further signal does not wait for that.
 */
export async function endProgramBy(signal: NodeJS.Signals): Promise<void> {
  await Promise.all([process.stdout, process.stderr].map(written));
  const exitCode = 128 + constants.signals[signal];
  // Signals that nobody listens for do not end the first process of a container.
  if (process.pid === 1) process.exit(exitCode);
  process.kill(process.pid, signal);
  // It may be blocked, as by a program that has started this one.
  setTimeout(() => process.exit(exitCode), UNHEARD_MS);
}

function written(stream: Writable): Promise<void> {
  if (!stream.writable || !(stream.writableLength > 0)) return Promise.resolve();
  return new Promise((resolve) => {
    stream.once('error', () => resolve());
    stream.write('', () => resolve());
  });
}
