import { Worker } from 'mproc-worker';

/** Kills its process at its first attempt. */
export class Mortal extends Worker {
  static module = import.meta.url;

  process() {
    if (this.attempt === 1) process.kill(process.pid, 'SIGKILL');
    return 'done';
  }
}

export class Fails extends Worker {
  static module = import.meta.url;

  process(time) {
    throw new Error(`fails ${time}`);
  }
}
