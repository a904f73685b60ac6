import { Worker } from 'mproc-worker';
import { sum } from './functions.mjs';

export class Sums extends Worker {
  static module = import.meta.url;

  process(args) {
    return sum(args);
  }
}
