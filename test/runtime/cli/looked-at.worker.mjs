import { pbkdf2Sync } from 'node:crypto';
import { existsSync } from 'node:fs';
import { Worker } from 'mproc-worker';

/** Does what it is asked to, for as long as it takes. */
export class Busy extends Worker {
  static module = import.meta.url;

  async process({ kind, ms, file }) {
    switch (kind) {
      case 'loop':
        return loopForever();
      case 'regexp':
        return /^(a+)+$/.test(`${'a'.repeat(64)}b`);
      case 'wait':
        return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0);
      case 'sleep':
        return new Promise((resolve) => setTimeout(resolve, ms));
      case 'native':
        return pbkdf2Sync('password', 'salt', ms * 1_000, 64, 'sha512').length;
      case 'die':
        while (!existsSync(file)) await new Promise((resolve) => setTimeout(resolve, 20));
        console.error('last words');
        return process.kill(process.pid, 'SIGKILL');
      case 'fail':
        throw new Error('as asked');
      default:
        return 'done';
    }
  }
}

function loopForever() {
  for (;;) {}
}
