import { appendFileSync, existsSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

/** Writes down when each of its jobs begins and ends; a job waits for its gate, a file, where it is given one. */
export class Gated extends Worker {
  static module = import.meta.url;
  static onMessage(message) {
    return { heard: message, pid: process.pid };
  }
  file = '';
  async process({ n, gate, does }) {
    const note = (what) =>
      appendFileSync(this.file, `${JSON.stringify({ what, n, pid: process.pid, jobId: this.jobId })}\n`);
    note('began');
    if (does === 'throw') throw new RangeError(`no ${n}\nin\u0000 two lines`);
    if (does === 'die') process.kill(process.pid, 'SIGKILL');
    if (does === 'report') this.progress({ half: n });
    try {
      while (gate !== undefined && !existsSync(gate)) await sleep(10, undefined, { signal: this.signal });
    } catch (error) {
      note('stopped');
      throw error;
    }
    note('ended');
    return does === 'join' ? { n, before: this.before } : n;
  }
}
