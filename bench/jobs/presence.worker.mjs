import { Worker } from 'mproc-worker';

/** Says that it is there, and stays until it is stopped: so many at once prove so many processes. */
export class Presence extends Worker {
  static module = import.meta.url;

  async process() {
    this.progress(process.pid);
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }));
  }
}
