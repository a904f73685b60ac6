import { inTime } from '../../clock/in-time.js';
import { asError } from '../../worker/as-error.js';
import { setUp } from '../../worker/class-setup.js';
import type { WorkerClass } from '../../worker/worker.js';
import { type BroadcastAnswer, lateError } from '../parent/processes/broadcasts.js';
import { roundTrip, roundTripThrown } from './round-trip.js';

/**
 * Gives a message to a class in this process, the only one there is.
 * @throws ValueError
 */
export async function broadcastHere(
  workerClass: WorkerClass,
  message: unknown,
  timeoutMs: number,
  setupTimeoutMs: number,
): Promise<BroadcastAnswer<unknown>[]> {
  const { pid } = process;
  const arrived = roundTrip(message, 'message');
  try {
    const answer = answerTo(workerClass, arrived, setupTimeoutMs);
    const value = await inTime(answer, timeoutMs, () => lateError(pid, timeoutMs));
    return [{ pid, status: 'fulfilled', value }];
  } catch (error) {
    return [{ pid, status: 'rejected', reason: asError(error) }];
  }
}

async function answerTo(
  workerClass: WorkerClass,
  message: unknown,
  setupTimeoutMs: number,
): Promise<unknown> {
  try {
    await setUp(workerClass, setupTimeoutMs);
    return roundTrip(await workerClass.onMessage?.(message as never), 'answer');
  } catch (error) {
    throw roundTripThrown(error);
  }
}
