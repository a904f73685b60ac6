import { Worker } from 'mproc-worker';

/** Counts down to zero, which a negative number never reaches. */
export class Countdown extends Worker<number, string> {
  static override readonly module = import.meta.url;

  protected override process(from: number): string {
    let number = from;
    while (number !== 0) number -= 1;
    return `counted from ${from}`;
  }
}
