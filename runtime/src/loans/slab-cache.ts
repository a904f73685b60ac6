import { monotonicMs } from '../clock/monotonic-ms.js';
import { clearTimeout, setTimeout } from '../clock/timers.js';
import { boundedBytes } from '../limits/limits.js';
import { isSpaceFor } from '../segment/free-space.js';
import { Slab } from './slab.js';

/** Memory of loans that is kept for the next ones, in bytes. */
const KEPT_BYTES = 256 * 1024 * 1024;
const KEPT_SLABS = 16;
/** How long it is kept while nothing is allocated, in milliseconds. */
const IDLE_MS = 1_000;
/** A slab is not used for so much less than it holds. */
const LARGEST_WASTE = 4;

/** Memory that was lent and came back: new pages are several times as dear as those that are there. */
export class SlabCache {
  readonly #slabs: Slab[] = [];
  #bytes = 0;
  #usedAt = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  /** Memory of so many bytes, its content what it may be. @throws MprocError `ERR_MEMORY_FULL`, `ERR_PLATFORM`, `ERR_SYSTEM` */
  take(memoryBytes: number): Slab {
    const most = memoryBytes * LARGEST_WASTE;
    // A child that is slow to let go of the last loan is seen by the system, whatever has become of it.
    const index = this.#slabs.findIndex(
      (slab) => slab.memoryBytes >= memoryBytes && slab.memoryBytes <= most && slab.isUnseen(),
    );
    if (index !== -1) return this.#remove(index);
    return this.#create(memoryBytes);
  }

  #create(memoryBytes: number): Slab {
    try {
      return Slab.create(memoryBytes);
    } catch (error) {
      // What is kept for later must not be what is missing now.
      if (this.#slabs.length === 0) throw error;
      this.#clear();
      return Slab.create(memoryBytes);
    }
  }

  #remove(index: number): Slab {
    const [slab] = this.#slabs.splice(index, 1);
    this.#bytes -= slab!.memoryBytes;
    return slab!;
  }

  /** @returns whether it is kept */
  putBack(slab: Slab): boolean {
    const isWanted = !this.#isClosed && slab.memoryBytes <= boundedBytes(KEPT_BYTES);
    // Elsewhere nobody can tell whether a child still sees it.
    if (!isWanted || process.platform !== 'linux' || !isSpaceFor(slab.memoryBytes)) return false;
    this.#slabs.push(slab);
    this.#bytes += slab.memoryBytes;
    while (this.#bytes > boundedBytes(KEPT_BYTES) || this.#slabs.length > KEPT_SLABS) this.#remove(0).close();
    this.#usedAt = monotonicMs();
    this.#timer ??= this.#lookAfter(IDLE_MS);
    return true;
  }

  #lookAfter(ms: number): NodeJS.Timeout {
    return setTimeout(() => {
      this.#timer = undefined;
      const idleMs = monotonicMs() - this.#usedAt;
      if (idleMs >= IDLE_MS) this.#clear();
      else this.#timer = this.#lookAfter(IDLE_MS - idleMs);
    }, ms).unref();
  }

  #clear(): void {
    while (this.#slabs.length > 0) this.#remove(0).close();
  }

  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#clear();
  }
}
