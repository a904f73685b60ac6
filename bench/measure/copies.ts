import type { Peer } from '../peers/peer.js';
import { collectGarbage } from './garbage.js';
import { mustBe } from './result.js';
import { median } from './rounds.js';

const LARGE_BYTES = 2 ** 20;

export function numbersOf(lengthBytes: number): Float64Array {
  const numbers = new Float64Array(Math.max(1, lengthBytes / 8));
  for (let at = 0; at < numbers.length; at += 1) numbers[at] = at;
  return numbers;
}

/** Milliseconds for `times` copies into memory that is there already. */
export function copyingMs(numbers: Float64Array, times: number): number {
  const target = new Float64Array(numbers.length).fill(1);
  const began = performance.now();
  for (let time = 0; time < times; time += 1) target.set(numbers);
  const milliseconds = performance.now() - began;
  mustBe('the copy', target[target.length - 1], numbers.length - 1);
  return milliseconds;
}

/** Milliseconds for `times` copies, each into new memory. */
export function cloningMs(numbers: Float64Array, times: number): number {
  collectGarbage();
  const began = performance.now();
  const copies = Array.from({ length: times }, () => numbers.slice());
  const milliseconds = performance.now() - began;
  for (const copy of copies) mustBe('the copy', copy[copy.length - 1], numbers.length - 1);
  return milliseconds;
}

/** Milliseconds for an array to a process and back. */
export async function thereAndBackMs(
  peer: Peer,
  numbers: Float64Array,
  { warm = 1, times = 1 }: { readonly warm?: number; readonly times?: number } = {},
): Promise<number> {
  const pool = peer.open({ processes: 1, job: 'echo' });
  try {
    for (let time = 0; time < warm; time += 1) await pool.run(numbers);
    const taken: number[] = [];
    for (let time = 0; time < times; time += 1) {
      // Small values leave little behind.
      if (numbers.byteLength > LARGE_BYTES) collectGarbage();
      const began = performance.now();
      const answer = await pool.run(numbers);
      taken.push(performance.now() - began);
      mustBeEqual(peer.name, pool.valueOf(answer), numbers);
    }
    return median(taken);
  } finally {
    await pool.close();
  }
}

function mustBeEqual(name: string, received: unknown, sent: Float64Array): void {
  if (!(received instanceof Float64Array)) throw new Error(`${name} must be a Float64Array`);
  mustBe(`${name}: length`, received.length, sent.length);
  for (let at = 0; at < sent.length; at += 1) mustBe(`${name}: element ${at}`, received[at], sent[at]);
}
