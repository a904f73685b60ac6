import type { ProcessPool, Progress } from 'mproc-worker';
import { Presence } from './presence.worker.mjs';

/**
 * Resolves when each process of a pool has had a job in its hands at once with the others.
 * @param onReady called at that moment, before the jobs are stopped
 * @returns the ids of the processes
 */
export async function allPresent(
  pool: ProcessPool,
  processes: number,
  worker: Presence = new Presence(),
  onReady: () => void = () => {},
): Promise<number[]> {
  const pids = new Set<number>();
  const enough = new AbortController();
  const onProgress = ({ value }: Progress): void => {
    if (typeof value !== 'number') return;
    pids.add(value);
    if (pids.size < processes) return;
    onReady();
    enough.abort();
  };
  // More jobs than processes, so that none goes without one.
  const inputs = new Array<number>(2 * processes).fill(0);
  const present = pool.map(worker, inputs, { signal: enough.signal, onProgress });
  await present.catch((error) => {
    if (!enough.signal.aborted) throw error;
  });
  return [...pids];
}
