import { Worker } from 'mproc-worker';

export class Square extends Worker<number, number> {
  static override readonly module = import.meta.url;

  protected override process(number: number): number {
    // mproc-check-ignore no-process-control: this job is the poison that the example is about
    if (number === 3) process.kill(process.pid, 'SIGKILL');
    return number * number;
  }
}
