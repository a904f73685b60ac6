import type { Queue } from '../../contracts/queue.js';
import type { JobRecord } from './records.js';

/** Values that are looked at together, where a queue takes nothing back by itself. */
const AT_ONCE = 64;

/**
 * Takes jobs off their queue. A server that is away keeps them: they are run, and nobody reads the answers.
 * @param jobs their ids on the queue, and their own
 */
export async function takeOut(queue: Queue<unknown>, jobs: ReadonlyMap<string, string>): Promise<void> {
  try {
    if (queue.supports.withdraw) await queue.withdraw!([...jobs.keys()]);
    else await pickOut(queue, new Set(jobs.values()));
  } catch {
    // What is still there is found to be nobody's when a host has run it.
  }
}

/**
 * For an engine that finds no value by its id: looks at all that wait, and hands back what is others'.
 * @param unwanted ids of jobs, without those that were found in the end
 * @returns whether it found one
 */
export async function pickOut(queue: Queue<unknown>, unwanted: Set<string>): Promise<boolean> {
  const wanted = unwanted.size;
  const { ready } = await queue.counts();
  const others = [];
  for (let looked = 0; looked < ready && unwanted.size > 0; ) {
    const leases = await queue.reserve(Math.min(AT_ONCE, ready - looked));
    if (leases.length === 0) break;
    looked += leases.length;
    const isUnwanted = (value: unknown) => unwanted.delete((value as Partial<JobRecord> | null)?.id ?? '');
    const found = leases.filter(({ value }) => isUnwanted(value));
    if (found.length > 0) await queue.ack(found);
    others.push(...leases.filter((lease) => !found.includes(lease)));
  }
  if (others.length > 0) await queue.nack(others, { refund: true });
  return unwanted.size < wanted;
}
