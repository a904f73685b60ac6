import { writeSync } from 'node:fs';
import { Worker } from 'mproc-worker';

const LINE = `${'x'.repeat(999)}\n`;

/** Writes so many thousand bytes to stderr. */
export class Loud extends Worker {
  static module = import.meta.url;

  process({ lines, how }) {
    for (let line = 0; line < lines; line += 1)
      if (how === 'directly') writeSync(2, LINE);
      else process.stderr.write(LINE);
    if (how === 'and dies') {
      console.error(`last words of ${this.jobId}`);
      process.kill(process.pid, 'SIGKILL');
    }
    return { rssBytes: process.memoryUsage.rss(), queuedBytes: process.stderr.writableLength };
  }
}
