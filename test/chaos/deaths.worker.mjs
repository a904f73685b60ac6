// Workers that die, or that others make die.
import { writeFileSync } from 'node:fs';
import { JobEvent, Worker } from 'mproc-worker';

/** Says which process it runs in, then never ends and never looks. */
export class SpinAndTell extends Worker {
  static module = import.meta.url;
  folder = '';

  process() {
    writeFileSync(`${this.folder}/${process.pid}`, '');
    for (;;);
  }
}

/** Writes down when it dies; its next attempt gives back how long after that it began, in milliseconds. */
export class DieAndReturn extends Worker {
  static module = import.meta.url;
  process({ file, signal }) {
    if (this.attempt > 1) return { beganAt: String(process.hrtime.bigint()), attempt: this.attempt };
    writeFileSync(file, String(process.hrtime.bigint()));
    process.kill(process.pid, signal);
    for (;;);
  }
}

/**
 * Passes every place where a child can be made to die: its first attempt fails now and then, so that its class hears of
 * a retry, and some of its results are too large for the ring.
 */
export class Varied extends Worker {
  static module = import.meta.url;
  static listeners = { [JobEvent.Retry]: () => {} };
  hasFailed = false;

  process({ number, lengthBytes }) {
    if (number % 5 === 0 && !this.hasFailed) {
      this.hasFailed = true;
      throw new Error('the first attempt fails');
    }
    return { number, padding: 'x'.repeat(lengthBytes) };
  }
}
