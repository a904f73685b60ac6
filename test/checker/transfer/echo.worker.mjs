import { Worker } from '../../../runtime/dist/index.js';

export class Echo extends Worker {
  static module = import.meta.url;

  process(value) {
    return value;
  }
}
