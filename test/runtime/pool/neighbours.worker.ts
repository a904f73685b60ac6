import { appendFileSync, existsSync } from 'node:fs';
import { Worker } from 'mproc-worker';

/** Waits for ever, and does not hear that it is to end. Writes into the file, if there is one, when it begins. */
export class Deaf extends Worker<{ file?: string }, never> {
  static override readonly module = import.meta.url;
  protected override process({ file }: { file?: string }): Promise<never> {
    if (file !== undefined) appendFileSync(file, 'begun\n');
    return new Promise(() => setInterval(() => {}, 60_000));
  }
}

/** Waits, and writes when it begins. */
export class Innocent extends Worker<{ file: string; ms: number }, string> {
  static override readonly module = import.meta.url;
  protected override async process({ file, ms }: { file: string; ms: number }): Promise<string> {
    appendFileSync(file, 'begun\n');
    await new Promise((resolve) => setTimeout(resolve, ms));
    return 'done';
  }
}

/** Writes into one file when it begins, and ends when another one is gone. */
export class Patient extends Worker<{ file: string; until: string }, void> {
  static override readonly module = import.meta.url;
  protected override async process({ file, until }: { file: string; until: string }): Promise<void> {
    appendFileSync(file, 'begun\n');
    while (existsSync(until)) await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** Gives its result, and throws when a file is gone. */
export class ThrowLater extends Worker<string, string> {
  static override readonly module = import.meta.url;
  protected override process(file: string): string {
    setInterval(() => {
      if (!existsSync(file)) throw new Error('thrown after the result');
    }, 10);
    return 'done';
  }
}
