import type { DeadLetter, Queue } from '../../contracts/queue.js';
import { UnsupportedError } from '../../errors/errors.js';
import { letterReport } from './letter.js';
import { isMeant, isOpen, type LetterFilter } from './letter-filter.js';

/** So many are put back or removed in one step of the engine. */
const AT_ONCE = 500;

/** The dead letters of a queue that are meant, the oldest first. @throws what the engine says */
export async function lettersOf(
  queue: Queue<unknown>,
  filter: LetterFilter,
  limit = Number.MAX_SAFE_INTEGER,
): Promise<DeadLetter<unknown>[]> {
  if (!queue.supports.dead) return [];
  if (isOpen(filter)) return queue.dead.getAll({ limit });
  const all = await queue.dead.getAll();
  return all.filter((letter) => isMeant(letterReport(queue.name, letter), filter)).slice(0, limit);
}

/**
 * Puts dead letters back, as new. A letter is among the dead or waits, whenever this process ends; NATS, RabbitMQ and
 * BullMQ may have it in both places then.
 * @returns how many
 */
export async function requeueLetters(queue: Queue<unknown>, filter: LetterFilter): Promise<number> {
  if (!queue.supports.dead) return 0;
  return inSteps(await idsOf(queue, filter), (ids) => queue.dead.requeue(ids));
}

/** @returns how many were removed. @throws UnsupportedError where the queue removes all or none */
export async function clearLetters(queue: Queue<unknown>, filter: LetterFilter): Promise<number> {
  if (!queue.supports.dead) return 0;
  if (isOpen(filter)) return queue.dead.clear();
  const ids = await idsOf(queue, filter);
  if (ids.length === 0) return 0;
  if (queue.dead.remove === undefined)
    throw new UnsupportedError(`queue ${queue.name}`, 'removing some of its dead letters');
  return inSteps(ids, (some) => queue.dead.remove!(some));
}

async function idsOf(queue: Queue<unknown>, filter: LetterFilter): Promise<string[]> {
  return (await lettersOf(queue, filter)).map(({ id }) => id);
}

async function inSteps(
  ids: readonly string[],
  step: (ids: readonly string[]) => number | Promise<number>,
): Promise<number> {
  let count = 0;
  for (let from = 0; from < ids.length; from += AT_ONCE) count += await step(ids.slice(from, from + AT_ONCE));
  return count;
}
