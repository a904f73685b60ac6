import { Worker } from 'mproc-worker';

/** More than a pipe holds. */
const LINES = 400;
const LINE = 'x'.repeat(990);

/** Says that it is about to print, prints more than a pipe holds, and ends in the given way. */
export class Prints extends Worker {
  static module = import.meta.url;

  process({ to, ends }) {
    this.progress('about to print');
    for (let line = 0; line < LINES; line += 1) console[to === 'stdout' ? 'log' : 'error'](`${line} ${LINE}`);
    if (ends === 'exit') process.exit(3);
    if (ends === 'kill') process.kill(process.pid, 'SIGKILL');
    if (ends === 'throw later')
      setImmediate(() => {
        throw new Error('nobody catches it');
      });
    return ends === 'throw later' ? new Promise(() => {}) : LINES;
  }
}
