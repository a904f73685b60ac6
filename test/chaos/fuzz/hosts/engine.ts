import { join } from 'node:path';
import { SharedMemoryQueue } from 'mproc-worker';
import type { Place } from './queues.js';
import type { Engine } from './settings.js';

interface Adapter {
  readonly folder: string;
  readonly module: string;
  remove(): void;
}

let adapter: Adapter | undefined;

/** Makes it as a user of the generator has it, once. */
async function sqlite(): Promise<Adapter> {
  if (adapter === undefined) {
    const program = new URL('../../../../bench/queues/make-adapter.mjs', import.meta.url).href;
    const { makeAdapter } = (await import(program)) as { makeAdapter(engine: string): Promise<Adapter> };
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

/** Removes the queue of jobs, which outlives all. @returns what is still in it */
export async function removeJobs({ space, module }: Place): Promise<string> {
  const name = `${space}.jobs.Served`;
  const options = { leaseMs: 1_000, maxAttempts: 1_000 };
  const queue =
    module === undefined
      ? SharedMemoryQueue.open(name, options)
      : (await import(module)).benchQueue(name, options);
  const { ready, delayed, leased, dead } = await queue.counts();
  await queue.destroy();
  return ready + delayed + leased + dead === 0 ? '' : JSON.stringify({ ready, delayed, leased, dead });
}
