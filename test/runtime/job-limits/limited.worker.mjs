import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** Writes down when each of its attempts begins and ends, by one clock of the machine. */
export class Limited extends Worker {
  static module = import.meta.url;
  file = '';
  async process({ key, n, ms = 0, does }) {
    const note = (what) =>
      appendFileSync(
        this.file,
        `${JSON.stringify({ what, key, n, at: Number(process.hrtime.bigint()) / 1e6, pid: process.pid })}\n`,
      );
    note('began');
    try {
      if (does === 'busy') for (const end = performance.now() + ms; performance.now() < end; );
      else if (does === 'wait') while (!existsSync(`${this.file}-go`)) await sleep(5);
      else if (does === 'end late') {
        await sleep(ms, undefined, { signal: this.signal }).catch(() => {});
        await sleep(300);
      } else if (ms > 0) await sleep(ms, undefined, { signal: this.signal });
      if (does === 'fail' || (does === 'fail once' && this.attempt === 1)) throw new RangeError(`no ${n}`);
      if (does === 'die') process.kill(process.pid, 'SIGKILL');
      return n;
    } finally {
      note('ended');
    }
  }
}

/** Of no limit. */
export class Free extends Limited {
  static module = import.meta.url;
}
