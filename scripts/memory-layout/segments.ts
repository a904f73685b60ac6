import type { SegmentLayout } from '../../runtime/src/layout/layout.js';
import { POOL_SEGMENT } from '../../runtime/src/pool/transport/layout.js';
import { QUEUE_SEGMENT } from '../../runtime/src/queues/shared-memory/layout.js';
import { ARRAY_SEGMENT } from '../../runtime/src/shared-array/layout.js';

/** Every segment of this package, in the order of docs/memory-layout.md. A new layout is added here by hand. */
export const SEGMENTS: readonly SegmentLayout[] = [POOL_SEGMENT, QUEUE_SEGMENT, ARRAY_SEGMENT];
