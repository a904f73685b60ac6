import { Worker } from 'mproc-worker';

/** Tells much, has a result, and is killed when that is told. */
export class DiesAfterResult extends Worker {
  static module = import.meta.url;

  process({ reports, lengthBytes }) {
    for (let at = 0; at < reports; at += 1) this.progress(at);
    if (reports > 0) setImmediate(() => process.kill(process.pid, 'SIGKILL'));
    return new Uint8Array(lengthBytes).fill(7);
  }
}
