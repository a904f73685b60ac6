import { Worker } from 'mproc-worker';
import { burn } from './functions.mjs';

export class Burn extends Worker {
  static module = import.meta.url;

  process(args) {
    return burn(args);
  }
}
