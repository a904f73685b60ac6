// Run by liveness.test.ts with a library that has calls fail from the moment when a file appears. Tells what a process can
// take of a queue then. Arguments: queue name, the file.
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SharedMemoryQueue } from 'mproc-worker';

/** With a pause after each: who is dead is noticed meanwhile. */
const TRIES = 30;
const [name = '', file = ''] = process.argv.slice(2);
const queue = SharedMemoryQueue.open(name, { leaseMs: 60_000, lockTimeoutMs: 400 });
writeFileSync(file, '');

const taken = [];
let error;
for (let tries = 0; error === undefined && tries < TRIES; tries += 1) {
  try {
    taken.push(...(await queue.reserve(1)).map(({ value }) => value));
  } catch (problem) {
    error = problem.code;
  }
  await delay(20);
}
console.log(JSON.stringify({ taken, error }));
process.exit(0);
