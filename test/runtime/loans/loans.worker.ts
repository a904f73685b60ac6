import { readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { type SharedArray, Worker } from 'mproc-worker';

/** Files that this process shows somewhere in its memory, by their numbers. */
export function shownFiles(): string[] {
  const lines = readFileSync('/proc/self/maps', 'latin1').split('\n');
  return lines.filter((line) => / rw-p .*\/dev\/shm\/|memfd:mproc/.test(line));
}

type View = SharedArray['values'];

/** What a job sees of an array, before it has it overwritten. */
export class Looks extends Worker<{ array: View; more?: unknown }, unknown> {
  static override readonly module = import.meta.url;
  protected override process({ array }: { array: View }) {
    const { length, byteOffset } = array;
    const seen = {
      kind: array.constructor.name,
      first: array[0],
      last: array[length - 1],
      length,
      byteOffset,
      memoryBytes: array.buffer.byteLength,
      shown: shownFiles().length,
    };
    if (array instanceof BigInt64Array || array instanceof BigUint64Array) array.fill(0n);
    else array.fill(0);
    return seen;
  }
}

/** Returns what it was given. */
export class Returns extends Worker<unknown, unknown> {
  static override readonly module = import.meta.url;
  protected override process(args: unknown) {
    return args;
  }
}

/** Dies, or fails, in its first attempts, when it has overwritten what it was given. */
export class Stumbles extends Worker<{ array: Uint8Array; how: 'dies' | 'fails' }, unknown> {
  static override readonly module = import.meta.url;
  protected override process({ array, how }: { array: Uint8Array; how: 'dies' | 'fails' }) {
    const [first] = array;
    array.fill(9);
    if (this.attempt < 3 && how === 'dies') process.kill(process.pid, 'SIGKILL');
    if (this.attempt < 3) throw new Error('not yet');
    return { first, attempt: this.attempt };
  }
}

/** Tells that it has begun, and goes on reading until it is told to end, or killed. */
export class Reads extends Worker<{ array: Uint8Array; forMs: number }, unknown> {
  static override readonly module = import.meta.url;
  protected override async process({ array, forMs }: { array: Uint8Array; forMs: number }) {
    this.progress(process.pid);
    const first = array[0];
    await delay(forMs);
    return { first, now: array[0], last: array.at(-1) };
  }
}

const kept: Uint8Array[] = [];

/** Keeps its array, and tells how long those are that it has kept. */
export class Keeps extends Worker<Uint8Array, number[]> {
  static override readonly module = import.meta.url;
  protected override process(array: Uint8Array) {
    const lengths = kept.map(({ length }) => length);
    kept.push(array, array.subarray(1));
    return lengths;
  }
}
