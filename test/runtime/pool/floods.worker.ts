import { Worker } from 'mproc-worker';

/** Tells of its progress more often than there is room for, and then waits until it is told to stop. */
export class Floods extends Worker<number, string> {
  static override readonly module = import.meta.url;
  protected override async process(count: number): Promise<string> {
    // Not in the turn in which the job is begun: then the process is about to look for more work.
    await new Promise((resolve) => setTimeout(resolve, 50));
    for (let at = 0; at < count; at += 1) this.progress({ at, text: 'x'.repeat(50) });
    return new Promise((resolve) => {
      this.signal.addEventListener('abort', () => resolve('it was told to stop'));
    });
  }
}
