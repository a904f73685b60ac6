// Takes memory for large values and lets it go, twice; then has none for a while. Tells what it cost, and what was kept.
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newMemory } from '../../../runtime/src/segment/large-memory.js';

const LENGTH_BYTES = 512 * 1024;
const COUNT = 60;
/** Memory is kept for a second after its last use. Rounds of a process that had no processor meanwhile do not count. */
const KEPT_MS = 1_000;
const MOST_ROUNDS = 20;
const IDLE_MS = 2_500;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;
let usedAt = performance.now();

function pageFaults(): number {
  const before = process.resourceUsage().minorPageFault;
  const memories = Array.from({ length: COUNT }, (_, number) => newMemory(LENGTH_BYTES).fill(number));
  const faults = process.resourceUsage().minorPageFault - before;
  usedAt = performance.now();
  memories.forEach((memory, number) => {
    if (memory.length !== LENGTH_BYTES || memory.at(0) !== number || memory.at(-1) !== number)
      throw new Error(`${number}`);
  });
  return faults;
}

async function letGo(): Promise<void> {
  // Other threads of V8 free it.
  do {
    collectGarbage();
    await delay(100);
  } while (process.memoryUsage().arrayBuffers > LENGTH_BYTES);
}

const firstFaults = pageFaults();
let secondFaults = firstFaults;
for (let round = 0; round < MOST_ROUNDS; round += 1) {
  await letGo();
  const before = usedAt;
  secondFaults = pageFaults();
  if (usedAt - before < KEPT_MS) break;
}
const usedBytes = process.memoryUsage.rss();
await letGo();
await delay(IDLE_MS);
const idleBytes = process.memoryUsage.rss();
console.log(JSON.stringify({ firstFaults, secondFaults, givenBackBytes: usedBytes - idleBytes }));
// Must not keep the process alive.
newMemory(LENGTH_BYTES);
