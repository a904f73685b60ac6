import { Worker } from 'mproc-worker';
import { echo } from './functions.mjs';

export class Echo extends Worker {
  static module = import.meta.url;

  process(args) {
    return echo(args);
  }
}
