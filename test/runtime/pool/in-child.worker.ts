import { fork } from 'node:child_process';
import { once } from 'node:events';
import { Worker as Thread } from 'node:worker_threads';
import * as library from 'mproc-worker';

/** Gives twice what it is given; its pool is made by another job. */
export class Twice extends library.Worker<number, number> {
  static override readonly module = import.meta.url;

  protected override process(number: number): number {
    return 2 * number;
  }
}

/** What the package offers in a process of a pool. */
export class Names extends library.Worker<unknown, string[]> {
  static override readonly module = import.meta.url;

  protected override process(): string[] {
    return Object.keys(library).sort();
  }
}

/** Makes a pool of its own, in a process of a pool. */
export class Nest extends library.Worker<number[], { bodies: unknown[]; isOne: boolean; refused: string }> {
  static override readonly module = import.meta.url;

  protected override async process(numbers: number[]) {
    class OwnPool extends library.ProcessPool {}
    const pool = new OwnPool({ processes: 1 });
    try {
      const responses = await pool.map(new Twice(), numbers);
      const [unsendable] = await pool.map(new Twice(), [(() => 1) as never]);
      return {
        bodies: responses.map(({ body }) => body),
        isOne: pool instanceof library.ProcessPool && pool instanceof OwnPool,
        refused: unsendable?.error instanceof library.ValueError ? 'ValueError' : String(unsendable?.error),
      };
    } finally {
      await pool.close();
    }
  }
}

/** Queues of all kinds, where only workers are at hand from the start. */
export class Queues extends library.Worker<unknown, number> {
  static override readonly module = import.meta.url;

  protected override async process(): Promise<number> {
    const queue = library.SharedMemoryQueue.open<number>(`in-child-${process.pid}`);
    await queue.put([1, 2, 3]);
    const size = await queue.size();
    await queue.destroy();
    return size;
  }
}

/** A process and a thread that a job starts inherit how it was started, and are no processes of the pool. */
export class Descend extends library.Worker<string, unknown[]> {
  static override readonly module = import.meta.url;

  protected override async process(script: string): Promise<unknown[]> {
    const child = fork(script);
    const [told] = await once(child, 'message');
    const thread = new Thread(new URL(`file://${script}`));
    const [said] = await once(thread, 'message');
    await thread.terminate();
    return [told, said];
  }
}
