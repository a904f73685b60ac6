import { join } from 'node:path';
import { SharedMemoryQueue } from 'mproc-worker';
import { type Adapter, makeAdapter } from '../../../../bench/queues/make-adapter.js';
import type { Place } from './queues.js';
import type { Engine } from './settings.js';

let adapter: Adapter | undefined;

/** Makes it as a user of the generator has it, once. */
async function sqlite(): Promise<Adapter> {
  if (adapter === undefined) {
    const made = await makeAdapter('sqlite');
    process.env.QUEUES_FOLDER = join(made.folder, 'queues');
    process.once('exit', () => made.remove());
    adapter = made;
  }
  return adapter;
}

export async function placeOf(engine: Engine, space: string): Promise<Place> {
  return engine === 'sqlite' ? { space, module: (await sqlite()).module } : { space };
}

const openQueue = async ({ space, module }: Place, name: string) => {
  const options = { leaseMs: 1_000, maxAttempts: 1_000 };
  return module === undefined
    ? new SharedMemoryQueue(`${space}.${name}`, options)
    : ((await import(module)).benchQueue(`${space}.${name}`, options) as SharedMemoryQueue);
};

/** Jobs that lie on their queue, or that somebody has. */
export async function waitingJobs(place: Place): Promise<number> {
  const queue = await openQueue(place, 'jobs.Served');
  const { ready, delayed, leased } = await queue.counts();
  await queue.close();
  return ready + delayed + leased;
}

/**
 * Removes the queue of jobs, and those that hosts look at, which outlive all.
 * @param fail how many submitted jobs fail for good, which makes them dead letters, at least and at most
 * @returns what is still in the first that should not be, or is missing
 */
export async function removeJobs(
  place: Place,
  fail: { readonly least: number; readonly most: number },
): Promise<string> {
  const open = (name: string) => openQueue(place, name);
  await (await open('control')).destroy();
  if (place.module !== undefined) await (await open('joins')).destroy();
  // A host that is killed may just have opened it: the next pool that ends finds it empty, and removes it.
  const callers = await open('callers');
  if (Object.values(await callers.counts()).every((count) => count === 0)) await callers.destroy();
  else await callers.close();
  const queue = await open('jobs.Served');
  const { ready, delayed, leased, dead } = await queue.counts();
  await queue.destroy();
  const isRight = ready + delayed + leased === 0 && dead >= fail.least && dead <= fail.most;
  return isRight ? '' : JSON.stringify({ ready, delayed, leased, dead, fail });
}
