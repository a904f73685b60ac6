import { crc32 } from './checksum.js';
import { CELL } from './layout.js';
import { readPayload } from './payload.js';
import type { QueueSegment } from './queue-segment.js';

const U = CELL.word;

export function keyHash(key: Buffer): number {
  return crc32(key);
}

function bucketOf(segment: QueueSegment, hash: number): number {
  return segment.at.word.buckets + ((hash >>> 0) % segment.cellCount);
}

/** The cells of a bucket, in a walk that ends even when the links do not. */
function* bucketCells(segment: QueueSegment, bucket: number): Generator<{ cell: number; link: number }> {
  const { words } = segment;
  let link = bucket;
  for (let left = segment.cellCount; words[link] !== 0; left -= 1) {
    if (left === 0) throw segment.damage('the values of a dedupe key go in circles');
    const cell = words[link]! - 1;
    const next = segment.cell(cell) + U.keyNext;
    yield { cell, link };
    link = next;
  }
}

/** The cell that has the key, if any. */
export function findKey(segment: QueueSegment, key: Buffer, hash: number): number | undefined {
  for (const { cell } of bucketCells(segment, bucketOf(segment, hash))) {
    const at = segment.cell(cell);
    if (segment.words[at + U.keyHash] !== hash || segment.words[at + U.keyLengthBytes] !== key.length)
      continue;
    if (readPayload(segment, cell)?.subarray(0, key.length).equals(key)) return cell;
  }
  return undefined;
}

export function addKey(segment: QueueSegment, cell: number): void {
  const at = segment.cell(cell);
  if (segment.words[at + U.keyLengthBytes] === 0) return;
  const bucket = bucketOf(segment, segment.words[at + U.keyHash]!);
  segment.words[at + U.keyNext] = segment.words[bucket]!;
  segment.words[bucket] = cell + 1;
}

export function removeKey(segment: QueueSegment, cell: number): void {
  const at = segment.cell(cell);
  if (segment.words[at + U.keyLengthBytes] === 0) return;
  for (const found of bucketCells(segment, bucketOf(segment, segment.words[at + U.keyHash]!))) {
    if (found.cell !== cell) continue;
    segment.words[found.link] = segment.words[at + U.keyNext]!;
    return;
  }
}
