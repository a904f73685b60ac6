import { Worker } from 'mproc-worker';

export class Echo extends Worker {
  static module = import.meta.url;
  process(value) {
    return value;
  }
}

export class FailTimes extends Worker {
  static module = import.meta.url;
  process(times) {
    if (this.attempt <= times) throw new Error(`attempt ${this.attempt}`);
    return this.attempt;
  }
}

export class Spin extends Worker {
  static module = import.meta.url;
  process() {
    for (;;);
  }
}
