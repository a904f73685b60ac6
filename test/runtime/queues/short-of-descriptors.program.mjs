// Run by liveness.test.ts with a library that has calls fail from the moment when a file appears. Tells what a process can
// take of a queue then. Arguments: queue name, the file.
import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SharedMemoryQueue } from 'mproc-worker';

const [name = '', file = ''] = process.argv.slice(2);
const queue = SharedMemoryQueue.open(name, { leaseMs: 60_000, lockTimeoutMs: 400 });
writeFileSync(file, '');

const taken = [];
const deadline = Date.now() + 600;
let error;
while (error === undefined && Date.now() < deadline) {
  try {
    taken.push(...(await queue.reserve(1)).map(({ value }) => value));
  } catch (problem) {
    error = problem.code;
  }
  await delay(20);
}
console.log(JSON.stringify({ taken, error }));
process.exit(0);
