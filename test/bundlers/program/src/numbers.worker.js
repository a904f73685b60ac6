import { Worker } from 'mproc-worker';
import { add, multiply } from './arithmetic.js';

export class Sums extends Worker {
  static module = import.meta.url;
  process(numbers) {
    return numbers.reduce(add, 0);
  }
}

export class Products extends Worker {
  static module = import.meta.url;
  process(numbers) {
    return numbers.reduce(multiply, 1);
  }
}
