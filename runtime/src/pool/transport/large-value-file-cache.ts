import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearTimeout, setImmediate, setTimeout } from '../../clock/timers.js';
import type { MprocError } from '../../errors/errors.js';
import { boundedBytes } from '../../limits/limits.js';
import { isSpaceFor } from '../../segment/free-space.js';
import { folderSpace } from '../../segment/shared-folder.js';
import { LargeValueFile, type Part } from './large-value-file.js';

/** Memory of large values that is kept for the next ones, in bytes. */
const KEPT_BYTES = 384 * 1024 * 1024;
const KEPT_FILES = 16;
/** How long it is kept while nothing is sent, in milliseconds. */
const IDLE_MS = 1_000;
/** Giving back takes long enough for other work to have its turn in between, in milliseconds. */
const BETWEEN_MS = 5;
/** A file is not used for so much less than it holds. */
const LARGEST_WASTE = 4;

/** Files of large values that were received: new pages are several times as dear as those that are there. */
export class LargeValueFileCache {
  readonly #files: LargeValueFile[] = [];
  #bytes = 0;
  #usedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /**
   * A file with these parts.
   * @param mayGoApart it shall not wait for room in the folder of shared memory, where there is other memory
   * @throws MprocError `ERR_MEMORY_FULL`
   */
  fill(parts: readonly Part[], lengthBytes: number, mayGoApart: boolean): LargeValueFile {
    const kept = this.#take(lengthBytes);
    if (kept !== undefined) {
      kept.fill(parts, lengthBytes);
      return kept;
    }
    // What is kept for later must not be what is missing now.
    if (!hasRoomFor(lengthBytes)) this.#clear();
    const space = folderSpace();
    // No use in waiting for what can never come.
    const isApart = space !== undefined && lengthBytes > (mayGoApart ? space.freeBytes : space.totalBytes);
    try {
      return this.#fillNew(parts, lengthBytes, isApart);
    } catch (error) {
      // Others may have taken the room meanwhile.
      if (isApart || !mayGoApart || (error as MprocError).code !== 'ERR_MEMORY_FULL') throw error;
      return this.#fillNew(parts, lengthBytes, true);
    }
  }

  #fillNew(parts: readonly Part[], lengthBytes: number, isApart: boolean): LargeValueFile {
    const file = LargeValueFile.create(isApart ? lengthBytes : undefined);
    try {
      file.fill(parts, lengthBytes);
      // The other side has work now, and this one likely has not.
      if (isReusable(file)) setImmediate(() => file.map());
      return file;
    } catch (error) {
      file.close();
      throw error;
    }
  }

  #take(lengthBytes: number): LargeValueFile | undefined {
    const most = lengthBytes * LARGEST_WASTE;
    const index = this.#files.findIndex(
      (file) => file.lengthBytes >= lengthBytes && file.lengthBytes <= most && file.isUnseen(),
    );
    return index === -1 ? undefined : this.#remove(index);
  }

  #remove(index: number): LargeValueFile {
    const [file] = this.#files.splice(index, 1);
    this.#bytes -= file!.lengthBytes;
    return file!;
  }

  /** The receiver has what it wanted of it; values may still show its memory. */
  putBack(file: LargeValueFile): void {
    if (this.#isClosed || !isReusable(file) || !isSpaceFor(file.lengthBytes)) return file.close();
    this.#files.push(file);
    this.#bytes += file.lengthBytes;
    while (this.#bytes > boundedBytes(KEPT_BYTES) || this.#files.length > KEPT_FILES) this.#remove(0).close();
    this.#usedAt = monotonicMs();
    this.#timer ??= this.#lookAfter(IDLE_MS);
  }

  #lookAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      const idleMs = monotonicMs() - this.#usedAt;
      if (idleMs >= IDLE_MS && this.#files.length > 0) this.#remove(0).close();
      if (this.#files.length > 0) this.#timer = this.#lookAfter(Math.max(BETWEEN_MS, IDLE_MS - idleMs));
    }, ms).unref();
  }

  #clear(): void {
    while (this.#files.length > 0) this.#remove(0).close();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#clear();
  }
}

/** Where the system does not tell there is as much as there is. */
function hasRoomFor(lengthBytes: number): boolean {
  const space = folderSpace();
  return space === undefined || space.freeBytes >= lengthBytes;
}

function isReusable(file: LargeValueFile): boolean {
  return process.platform === 'linux' && file.lengthBytes <= KEPT_BYTES;
}
