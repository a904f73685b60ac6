import { crc32 } from './checksum.js';
import { UNIT } from './layout.js';
import type { QueueMemory } from './memory.js';
import { readPayload } from './payload.js';

const U = UNIT.word;

export function keyHash(key: Buffer): number {
  return crc32(key);
}

function bucketOf(memory: QueueMemory, hash: number): number {
  return memory.at.word.buckets + ((hash >>> 0) % memory.unitCount);
}

/** The units of a bucket, in a walk that ends even when the links do not. */
function* bucketUnits(memory: QueueMemory, bucket: number): Generator<{ unit: number; link: number }> {
  const { words } = memory;
  let link = bucket;
  for (let left = memory.unitCount; words[link] !== 0; left -= 1) {
    if (left === 0) throw memory.damage('the values of a dedupe key go in circles');
    const unit = words[link]! - 1;
    const next = memory.unit(unit) + U.keyNext;
    yield { unit, link };
    link = next;
  }
}

/** The unit that has the key, if any. */
export function findKey(memory: QueueMemory, key: Buffer, hash: number): number | undefined {
  for (const { unit } of bucketUnits(memory, bucketOf(memory, hash))) {
    const at = memory.unit(unit);
    if (memory.words[at + U.keyHash] !== hash || memory.words[at + U.keyLengthBytes] !== key.length) continue;
    if (readPayload(memory, unit)?.subarray(0, key.length).equals(key)) return unit;
  }
  return undefined;
}

export function addKey(memory: QueueMemory, unit: number): void {
  const at = memory.unit(unit);
  if (memory.words[at + U.keyLengthBytes] === 0) return;
  const bucket = bucketOf(memory, memory.words[at + U.keyHash]!);
  memory.words[at + U.keyNext] = memory.words[bucket]!;
  memory.words[bucket] = unit + 1;
}

export function removeKey(memory: QueueMemory, unit: number): void {
  const at = memory.unit(unit);
  if (memory.words[at + U.keyLengthBytes] === 0) return;
  for (const found of bucketUnits(memory, bucketOf(memory, memory.words[at + U.keyHash]!))) {
    if (found.unit !== unit) continue;
    memory.words[found.link] = memory.words[at + U.keyNext]!;
    return;
  }
}
