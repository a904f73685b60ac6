// Classes whose modules cannot be loaded, each in a way of its own.
import { Worker } from 'mproc-worker';

export class Throws extends Worker {
  static module = new URL('./bad-modules/throws.mjs', import.meta.url).href;
  process() {}
}

export class Unreadable extends Worker {
  static module = new URL('./bad-modules/unreadable.mjs', import.meta.url).href;
  process() {}
}

export class Missing extends Worker {
  static module = new URL('./bad-modules/missing.mjs', import.meta.url).href;
  process() {}
}
