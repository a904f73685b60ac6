import { Worker } from 'mproc-worker';

export class IsPrime extends Worker<number, boolean> {
  static override readonly module = import.meta.url;

  protected override process(number: number): boolean {
    for (let divisor = 2; divisor * divisor <= number; divisor += 1) if (number % divisor === 0) return false;
    return number > 1;
  }
}
