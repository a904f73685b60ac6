import { readFileSync } from 'node:fs';
import koffi from 'koffi';
import { Worker } from 'mproc-worker';

const POOL_MAGIC = 0x4d_50_4f_4c;

interface Stretch {
  readonly from: bigint;
  readonly to: bigint;
  readonly isWritable: boolean;
}

/** The pool's segment as this process has mapped it, in the order of its addresses. */
function stretches(): Stretch[] {
  const all = readFileSync('/proc/self/maps', 'latin1')
    .split('\n')
    .flatMap((line) => {
      const match = /^(\w+)-(\w+) r([w-])-s \w+ \S+ (\d+) +\/dev\/shm\//.exec(line);
      if (match === null) return [];
      const [, from, to, access, inode] = match;
      return [{ from: BigInt(`0x${from}`), to: BigInt(`0x${to}`), isWritable: access === 'w', inode }];
    });
  const first = all.find(({ from }) => koffi.decode(from, 'uint32_t') === POOL_MAGIC);
  return all.filter(({ inode }) => inode === first?.inode);
}

/** How many bytes of its pool's memory a job can write, and of how many; whether a descriptor leads there. */
export class Rights extends Worker<unknown, { writable: number; all: number }> {
  static override readonly module = import.meta.url;
  protected override process(): { writable: number; all: number } {
    const sizes = stretches().map(({ from, to, isWritable }) => ({ bytes: Number(to - from), isWritable }));
    const sum = (of: typeof sizes) => of.reduce((bytes, part) => bytes + part.bytes, 0);
    return { writable: sum(sizes.filter(({ isWritable }) => isWritable)), all: sum(sizes) };
  }
}

export interface Stray {
  /** From the start of the segment, in words. */
  readonly at: number;
  readonly words: readonly number[];
  /** The attempt that writes; others do not. */
  readonly inAttempt: number;
  /** How long it goes on after that. */
  readonly waitMs: number;
}

/** Writes into the memory of its pool, then waits a moment. */
export class Strays extends Worker<Stray, string> {
  static override readonly module = import.meta.url;
  protected override async process({ at, words, inAttempt, waitMs }: Stray): Promise<string> {
    if (this.attempt !== inAttempt) return 'well-behaved';
    const [first] = stretches();
    new Int32Array(koffi.view(first!.from + BigInt(4 * at), 4 * words.length)).set(words);
    await new Promise((resolve) => setTimeout(resolve, waitMs));
    return 'wrote';
  }
}
