import { existsSync, writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker } from 'mproc-worker';

// What happens while this module is loaded stands in its URL: `?gate=<file>` waits while the file is there, having left
// another one beside it; `?end=<how>` ends the process.
const wish = new URL(import.meta.url).searchParams;
const gate = wish.get('gate');
if (gate !== null) {
  writeFileSync(`${gate}.${process.pid}`, '');
  while (existsSync(gate)) await delay(10);
}
switch (wish.get('end')) {
  case 'exit':
    await delay(20);
    process.exit(5);
    break;
  case 'segv':
    await delay(20);
    process.kill(process.pid, 'SIGSEGV');
    await delay(10_000);
    break;
  case 'uncaught':
    setTimeout(() => {
      throw new Error('nobody catches this');
    }, 20);
    await delay(10_000);
    break;
  case 'throw':
    await delay(20);
    throw new Error('a bad module');
}

export class LoadsBadly extends Worker {
  static module = import.meta.url;
  process(value) {
    return value;
  }
}
