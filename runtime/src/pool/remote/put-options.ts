import type { PutOptions, Queue } from '../../contracts/queue.js';
import { UnsupportedError } from '../../errors/errors.js';
import { type Steering, waitOf } from '../steering/steering.js';

/** What a job's steering is for a queue. */
export function putOptionsOf(steering: Steering | undefined): PutOptions {
  if (steering === undefined) return {};
  const delayMs = waitOf(steering);
  return {
    ...(steering.priority !== 0 && { priority: steering.priority }),
    ...(delayMs > 0 && { delayMs }),
  };
}

/**
 * Before anything is put.
 * @throws UnsupportedError
 */
export function mustSupport(
  { name, supports }: Queue<unknown>,
  { priority, dueAtMs, keyOf }: Steering,
  usesKey: boolean,
): void {
  if (priority !== 0 && !supports.priority) throw new UnsupportedError(`queue ${name}`, 'priority');
  if (dueAtMs !== undefined && !supports.delay) throw new UnsupportedError(`queue ${name}`, 'delayMs');
  if (usesKey && keyOf !== undefined && !supports.dedupe)
    throw new UnsupportedError(`queue ${name}`, 'dedupeKey');
}
