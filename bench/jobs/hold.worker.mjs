import { Worker } from 'mproc-worker';

/** The job that is told to stay keeps its process until it is stopped, so that the others wait. */
export class Hold extends Worker {
  static module = import.meta.url;

  async process([stays]) {
    if (stays !== 1) return;
    this.progress('here');
    await new Promise((resolve) => this.signal.addEventListener('abort', resolve, { once: true }));
  }
}
