// Takes memory for large values and lets it go, twice; then has none for a while. Tells what it cost, and what was kept.
import { setTimeout as delay } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { newMemory } from '../../../runtime/src/segment/large-memory.js';

const LENGTH_BYTES = 512 * 1024;
const COUNT = 60;
const IDLE_MS = 2_500;

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function pageFaults(): number {
  const before = process.resourceUsage().minorPageFault;
  const memories = Array.from({ length: COUNT }, (_, number) => newMemory(LENGTH_BYTES).fill(number));
  memories.forEach((memory, number) => {
    if (memory.length !== LENGTH_BYTES || memory.some((byte) => byte !== number))
      throw new Error(`${number}`);
  });
  return process.resourceUsage().minorPageFault - before;
}

async function letGo(): Promise<void> {
  collectGarbage();
  // Other threads of V8 free it.
  await delay(100);
}

const firstFaults = pageFaults();
await letGo();
const secondFaults = pageFaults();
await letGo();
const keptBytes = process.memoryUsage.rss();
await delay(IDLE_MS);
const idleBytes = process.memoryUsage.rss();
console.log(JSON.stringify({ firstFaults, secondFaults, givenBackBytes: keptBytes - idleBytes }));
// Must not keep the process alive.
newMemory(LENGTH_BYTES);
