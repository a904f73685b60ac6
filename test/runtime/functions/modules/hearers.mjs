import { setTimeout as delay } from 'node:timers/promises';
import { defineWorker, Worker } from 'mproc-worker';

export class Prices extends Worker {
  static module = import.meta.url;
  static table = new Map();
  static async onMessage(message) {
    if (message === 'fail') throw new RangeError('no such price');
    if (message === 'slow') await delay(300);
    if (message === 'hang') await delay(60_000);
    if (message === 'die') process.kill(process.pid, 'SIGKILL');
    if (message === 'unsendable') return () => 1;
    if (message instanceof Map) Prices.table = message;
    if (message instanceof Uint8Array) return message.map((byte) => byte + 1);
    return { pid: process.pid, size: Prices.table.size };
  }
  async process({ waitMs = 0, holdMs = 0 }) {
    if (holdMs > 0) Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, holdMs);
    await delay(waitMs);
    return Prices.table.get('a');
  }
}

export const counter = defineWorker(import.meta.url, (by, { resource }) => resource.n + by, {
  setup: () => ({ n: 1 }),
  onMessage: (n, resource) => {
    resource.n = n;
    return n;
  },
});

export class Deaf extends Worker {
  static module = import.meta.url;
  process() {}
}
