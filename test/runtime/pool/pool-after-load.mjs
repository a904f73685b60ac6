// A program in one file with its worker, as a bundler makes it, that waits for something before it makes its pool.
import { setTimeout as delay } from 'node:timers/promises';
import { ProcessPool, Worker } from 'mproc-worker';

export class Own extends Worker {
  static module = import.meta.url;

  process() {
    return 'done';
  }
}

async function main() {
  await delay(100);
  console.log('a pool is made');
  const pool = new ProcessPool({ processes: 1 });
  // Once the job is done, the process of the pool goes on with this function, too.
  console.log((await pool.run(new Own(), undefined)).body);
  await delay(1_000);
  await pool.close();
}

main();
