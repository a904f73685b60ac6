import { Worker } from 'mproc-worker';

export class Double extends Worker {
  static module = import.meta.url;

  process(number) {
    return number * 2;
  }
}
