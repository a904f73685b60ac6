import { usableMemoryBytes } from '../limits/limits.js';
import { folderSpace } from './shared-folder.js';

/** What of the shared memory must be free, and how little of it so many bytes must be. */
const FREE_PART = 3 / 4;
const SMALL_PART = 1 / 8;

/**
 * Is there so much shared memory that these bytes may stay in it for longer than they must: shown by values, until the
 * garbage collector finds them unused, or kept to be used again? A small one, as containers have, is left to what
 * cannot do without, and so is memory that the container itself has little of.
 */
export function isSpaceFor(lengthBytes: number): boolean {
  const space = folderSpace();
  if (space === undefined) return false;
  const totalBytes = Math.min(space.totalBytes, usableMemoryBytes());
  return space.freeBytes >= space.totalBytes * FREE_PART && lengthBytes <= totalBytes * SMALL_PART;
}
