// Makes threads that have a pool, one after another, and tells what the first holds before it ends, and what is there
// after the first and after the last.
// Arguments: how a thread ends, how many there are, whether this thread loads the library itself.
import { once } from 'node:events';
import { readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { Worker as Thread } from 'node:worker_threads';

const [how, rounds, loads] = process.argv.slice(2);
if (loads === 'loads') await import('mproc-worker');

function children() {
  return readdirSync('/proc').filter((name) => {
    if (!/^\d+$/.test(name)) return false;
    try {
      const text = readFileSync(`/proc/${name}/stat`, 'latin1');
      return Number(text.slice(text.lastIndexOf(')') + 2).split(' ')[1]) === process.pid;
    } catch {
      return false;
    }
  }).length;
}

function descriptors() {
  return readdirSync('/proc/self/fd').filter((fd) => {
    try {
      return /shm|socket|memfd/.test(readlinkSync(`/proc/self/fd/${fd}`));
    } catch {
      return false;
    }
  }).length;
}

const mappings = () =>
  readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => /\/dev\/shm\/|memfd:/.test(line)).length;
const census = () => ({ children: children(), descriptors: descriptors(), mappings: mappings() });

/** @returns what was there just before the thread ended */
async function play() {
  const thread = new Thread(new URL('./thread.mjs', import.meta.url), { workerData: how });
  const ended = once(thread, 'exit');
  await once(thread, 'message');
  const held = census();
  if (how === 'terminated') await thread.terminate();
  await ended;
  return held;
}

/** Where nothing is to be left, that is waited for; where something may be, what else there is has so long to go. */
const SETTLED_MS = loads === 'loads' ? 60_000 : 3_000;

/** What is there for good: children that have been killed still end. */
async function settled() {
  let least = census();
  for (const until = performance.now() + SETTLED_MS; performance.now() < until; await delay(50)) {
    const now = census();
    least = Object.fromEntries(
      Object.entries(now).map(([name, count]) => [name, Math.min(count, least[name])]),
    );
    if (Object.entries(least).every(([name, count]) => count <= before[name])) break;
  }
  return least;
}

const before = census();
const seen = [];
let held;
for (let round = 0; round < Number(rounds); round += 1) {
  const now = await play();
  held ??= now;
  if (round === 0 || round === Number(rounds) - 1) seen.push(await settled());
}
const since = (now) =>
  Object.fromEntries(Object.entries(now).map(([name, count]) => [name, count - before[name]]));
console.log(JSON.stringify({ held: since(held), first: since(seen[0]), last: since(seen[1]) }));
process.exit(0);
