import { ours } from '../peers/ours.js';
import type { Peer, PeerPool } from '../peers/peer.js';
import { numbersOf } from './copies.js';
import { mustBe } from './result.js';
import { median } from './rounds.js';

/** Milliseconds for an array to a process that sums it up; nothing much comes back. */
export async function thereMs(peer: Peer, lengthBytes: number, times: number): Promise<number> {
  const pool = peer.open({ processes: 1, job: 'sum' });
  try {
    const numbers = numbersOf(lengthBytes);
    return await medianMs(times, () => sumUp(pool, numbers));
  } finally {
    await pool.close();
  }
}

/** The same of an array that is lent. */
export async function lentThereMs(lengthBytes: number, times: number): Promise<number> {
  const ourPool = ours.open({ processes: 1, job: 'sum' });
  try {
    const numbers = ourPool.pool.allocate('Float64Array', lengthBytes / 8);
    numbers.set(numbersOf(lengthBytes));
    return await medianMs(times, () => sumUp(ourPool, numbers));
  } finally {
    await ourPool.close();
  }
}

/** The same of one that is allocated, filled and released each time. */
export async function refilledThereMs(lengthBytes: number, times: number): Promise<number> {
  const ourPool = ours.open({ processes: 1, job: 'sum' });
  const numbers = numbersOf(lengthBytes);
  try {
    return await medianMs(times, async () => {
      const lent = ourPool.pool.allocate('Float64Array', numbers.length);
      lent.set(numbers);
      await sumUp(ourPool, lent);
      ourPool.pool.release(lent);
    });
  } finally {
    await ourPool.close();
  }
}

async function sumUp(pool: PeerPool, numbers: Float64Array): Promise<void> {
  const answer = await pool.run(numbers);
  mustBe('the sum', pool.valueOf(answer), (numbers.length * (numbers.length - 1)) / 2);
}

async function medianMs(times: number, action: () => Promise<void>): Promise<number> {
  for (let time = 0; time < times; time += 1) await action();
  const taken: number[] = [];
  for (let time = 0; time < times; time += 1) {
    const began = performance.now();
    await action();
    taken.push(performance.now() - began);
  }
  return median(taken);
}
