// Closes segments while views of them are kept, and tells what the views show and what is left. Run with --expose-gc.
import { readdirSync, readFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { SharedArray } from 'mproc-worker';
import { Segment } from '../../../runtime/src/segment/segment.ts';

const MIB = 1024 * 1024;
const ROUNDS = 50;

const descriptors = () => readdirSync('/proc/self/fd').length;
/** Mappings of files in memory: of a segment, under whatever name. */
const fileMappings = () =>
  readFileSync('/proc/self/maps', 'utf8')
    .split('\n')
    .filter((line) => /\/dev\/shm\/|memfd:/.test(line)).length;
const mappedMiB = () => Number(/VmSize:\s+(\d+)/.exec(readFileSync('/proc/self/status', 'utf8'))[1]) / 1024;

async function collectAll() {
  for (let times = 0; times < 5; times += 1) {
    globalThis.gc();
    await delay(10);
  }
}

function closedView() {
  const segment = Segment.createUnlinked(8 * MIB);
  const { words } = segment;
  words.fill(7);
  segment.close();
  segment.close();
  return { segment, words };
}

const told = {};
{
  const before = fileMappings();
  const segment = Segment.createUnlinked(MIB);
  const { words } = segment;
  told.fileMappings = [fileMappings() - before];
  segment.close();
  // Its views are still there.
  told.fileMappings.push(fileMappings() - before, words.length);
}
{
  const { segment, words } = closedView();
  told.shown = [words[0], words[words.length - 1], segment.words.length];
  Atomics.store(words, 0, 5);
  told.written = Atomics.load(words, 0);
}

await collectAll();
const before = { descriptors: descriptors(), mappedMiB: mappedMiB() };
for (let round = 0; round < ROUNDS; round += 1) closedView();
await collectAll();
told.left = {
  // Node.js itself may have closed one of its own since.
  descriptors: Math.max(0, descriptors() - before.descriptors),
  // Of 8 MiB for each.
  mapped: Math.round((mappedMiB() - before.mappedMiB) / (8 * ROUNDS)),
};

const array = SharedArray.from('Int32Array', [1, 2, 3]);
const { buffer } = array.values;
if (buffer.transfer === undefined) told.transfer = 'refused';
else
  try {
    buffer.transfer();
    told.transfer = 'done';
  } catch (error) {
    told.transfer = error instanceof TypeError ? 'refused' : String(error);
  }
told.values = [...array.values];
console.log(JSON.stringify(told));
