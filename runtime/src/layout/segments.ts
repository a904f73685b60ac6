import { POOL_SEGMENT } from '../pool/transport/layout.js';
import { QUEUE_SEGMENT } from '../queues/shared-memory/layout.js';
import { ARRAY_SEGMENT } from '../shared-array/layout.js';
import type { SegmentLayout } from './layout.js';

/** Every segment of this package, in the order of docs/memory-layout.md. A new layout is added here by hand. */
export const SEGMENTS: readonly SegmentLayout[] = [POOL_SEGMENT, QUEUE_SEGMENT, ARRAY_SEGMENT];
