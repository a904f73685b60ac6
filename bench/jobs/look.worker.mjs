import { Worker } from 'mproc-worker';

/** Looks at both ends of an array that lies in shared memory. */
export class Look extends Worker {
  static module = import.meta.url;

  process({ values }) {
    return values[0] + values[values.length - 1];
  }
}
