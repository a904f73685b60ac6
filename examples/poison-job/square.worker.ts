import { Worker } from 'mproc-worker';

export class Square extends Worker<number, number> {
  static override readonly module = import.meta.url;

  protected override process(number: number): number {
    if (number === 3) process.kill(process.pid, 'SIGKILL');
    return number * number;
  }
}
