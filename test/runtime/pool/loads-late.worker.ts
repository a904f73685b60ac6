// In a process of a pool, its module says that it is being loaded, and goes on when it is told to.
import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

const folder = process.argv[1]?.endsWith('start.cjs') ? process.env.MPROC_TEST_LOADS : undefined;
if (folder !== undefined) {
  writeFileSync(join(folder, 'loading'), '');
  while (!existsSync(join(folder, 'go'))) await delay(5);
}

export class LoadsLate extends Worker<number, number> {
  static override readonly module = import.meta.url;
  protected override process(): number {
    writeFileSync(join(folder!, 'begun'), `aborted: ${this.signal.aborted}`);
    return process.pid;
  }
}
