import { JOB_SLOT, ORDER_ENTRY, SLOT_STATE } from '../../transport/layout.js';
import { type PoolSegmentSize, placePool } from '../../transport/pool-segment.js';

const SMALLEST_RING = 64 * 1024;
const LARGEST_RING = 1024 * 1024;
/** Part of the memory that slots and order rings take: room for this many bytes of payload per job. */
const PAYLOAD_PER_SLOT = 512;
/**
 * Jobs in memory at most, and for each child where there are many. More are not done sooner: thousands keep every
 * child busy for milliseconds, and what lies in memory longer has left the processor's caches when it is read.
 */
const MOST_SLOTS = 4096;
const MOST_SLOTS_PER_CHILD = 256;

/**
 * Divides a pool's memory: a third for results, the rest for jobs. What spares need comes on top, as nobody may ever use it.
 * @param concurrency jobs that a child has at once
 */
export function divideMemory(
  memoryBytes: number,
  childCount: number,
  concurrency: number,
  spares = 0,
): PoolSegmentSize {
  const ringBytes = clamp(powerOfTwoBelow(memoryBytes / 3 / childCount), SMALLEST_RING, LARGEST_RING);
  const rest = Math.max(memoryBytes - ringBytes * childCount, memoryBytes / 2);
  const perSlot =
    JOB_SLOT.lengthBytes + SLOT_STATE.lengthBytes + 4 * ORDER_ENTRY.lengthBytes + PAYLOAD_PER_SLOT;
  const most = Math.max(MOST_SLOTS, powerOfTwoBelow(MOST_SLOTS_PER_CHILD * childCount));
  const slotCount = clamp(powerOfTwoBelow(rest / perSlot), 64, most);
  const orderLength = 2 * slotCount;
  const claimCount = Math.min(concurrency, slotCount);
  const size = { slotCount, orderLength, childCount, claimCount, ringBytes, arenaBytes: 0 };
  const fixedBytes = placePool(size).lengthBytes;
  return {
    ...size,
    childCount: childCount + spares,
    arenaBytes: Math.floor(Math.max(memoryBytes - fixedBytes, memoryBytes / 4)),
  };
}

function powerOfTwoBelow(value: number): number {
  return 2 ** Math.floor(Math.log2(Math.max(1, value)));
}

function clamp(value: number, smallest: number, largest: number): number {
  return Math.min(largest, Math.max(smallest, value));
}
