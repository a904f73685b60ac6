import { statfsSync } from 'node:fs';
import { SEGMENT_FOLDER } from './segment.js';

/** What of the shared memory must be free, and how little of it so many bytes must be. */
const FREE_PART = 3 / 4;
const SMALL_PART = 1 / 8;

/**
 * Is there so much shared memory that these bytes may stay in it for longer than they must: shown by values, until the
 * garbage collector finds them unused, or kept to be used again? A small one, as containers have, is left to what
 * cannot do without.
 */
export function isRoomFor(lengthBytes: number): boolean {
  try {
    const { bavail, blocks, bsize } = statfsSync(SEGMENT_FOLDER);
    return bavail >= blocks * FREE_PART && lengthBytes <= blocks * bsize * SMALL_PART;
  } catch {
    return false;
  }
}
