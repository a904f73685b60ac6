// A module that ends its process before it has exported anything, by a signal that tells nobody who has sent it.
import { appendFileSync } from 'node:fs';
import { Worker } from 'mproc-worker';

appendFileSync(process.env.MPROC_TEST_DEATHS, 'x');
process.kill(process.pid, 'SIGKILL');

export class Doomed extends Worker {
  static module = import.meta.url;
}
