import { type MprocError, PoolClosedError } from '../../../errors/errors.js';
import { boundedBytes } from '../../../limits/limits.js';
import { isSpaceFor } from '../../../segment/free-space.js';
import { type Packed, packedOf } from '../../../values/index.js';
import type { Job, PackedArgs } from '../../jobs/job.js';
import type { Task } from '../../jobs/task.js';
import { LargeValue } from '../../transport/large-value.js';
import { LargeValueFileCache } from '../../transport/large-value-file-cache.js';

/** Shared memory that large arguments may take at once, in bytes; one is let through whatever its size. */
const LARGE_VALUES_BYTES = 256 * 1024 * 1024;
/** The same of arguments that are not large, and found no room in the pool's own segment. */
const STOPGAP_BYTES = 64 * 1024 * 1024;

/** Sends what is too large for the pool's own segment, and takes its memory back. */
export class LargeValuesInFlight {
  readonly #fileCache = new LargeValueFileCache();
  /** What lies in a slot or is kept for another attempt. */
  readonly #largeValues = new Set<LargeValue>();
  readonly #states = new Map<Task | Job, LargeValue>();
  /** Of large arguments in slots. */
  #bytes = 0;
  /** Those of arguments that are not large, and their bytes. */
  readonly #stopgaps = new Set<LargeValue>();
  #stopgapBytes = 0;
  #isClosed = false;

  /**
   * @returns the large value, not yet in a slot; `undefined` when there is no memory before others are done
   * @throws MprocError `ERR_MEMORY_FULL` when there is no memory, and will be none when others are done; PoolClosedError
   */
  send(args: PackedArgs): LargeValue | undefined {
    this.#mustBeOpen();
    if (args instanceof LargeValue) return args;
    if (this.#bytes > 0 && this.#bytes + args.lengthBytes > boundedBytes(LARGE_VALUES_BYTES))
      return undefined;
    try {
      const largeValue = LargeValue.send(this.#fileCache, args, { mayWait: this.#bytes > 0 });
      this.#largeValues.add(largeValue);
      return largeValue;
    } catch (error) {
      if (this.#bytes > 0 && (error as MprocError).code === 'ERR_MEMORY_FULL') return undefined;
      throw error;
    }
  }

  /**
   * Sends arguments that are not large, because there is no room for them in the pool's own segment.
   * @returns `undefined` when there is no memory for that either: there will be room when others are done
   * @throws PoolClosedError
   */
  sendStopgap(args: Packed): LargeValue | undefined {
    this.#mustBeOpen();
    if (this.#stopgapBytes > 0 && this.#stopgapBytes + args.lengthBytes > boundedBytes(STOPGAP_BYTES))
      return undefined;
    try {
      const largeValue = LargeValue.send(this.#fileCache, args);
      this.#largeValues.add(largeValue);
      this.#stopgaps.add(largeValue);
      this.#stopgapBytes += largeValue.segmentBytes;
      return largeValue;
    } catch (error) {
      if ((error as MprocError).code === 'ERR_MEMORY_FULL') return undefined;
      throw error;
    }
  }

  /** The large value lies in the job's slot. */
  assign(job: Job, largeValue: LargeValue): void {
    job.largeValue = largeValue;
    if (!this.#stopgaps.has(largeValue)) this.#bytes += largeValue.segmentBytes;
  }

  /** The large value lies in no slot any more. */
  #takeOut(job: Job, largeValue: LargeValue): void {
    job.largeValue = undefined;
    if (!this.#stopgaps.has(largeValue)) this.#bytes -= largeValue.segmentBytes;
  }

  /** Takes the large value of a job that will be tried again out of its slot. It costs nothing while there is room for it. */
  keepArgs(job: Job): PackedArgs {
    const largeValue = job.largeValue!;
    if (!isSpaceFor(largeValue.segmentBytes)) return largeValue.copy();
    this.#takeOut(job, largeValue);
    return largeValue;
  }

  /** Code of the user that runs while a value is packed may end the pool: nobody would take the value back then. */
  #mustBeOpen(): void {
    if (this.#isClosed) throw new PoolClosedError();
  }

  /** @throws MprocError `ERR_MEMORY_FULL`; PoolClosedError */
  sendState(owner: Task | Job, state: Uint8Array): LargeValue {
    this.#mustBeOpen();
    const largeValue = LargeValue.send(this.#fileCache, packedOf(state));
    this.#states.set(owner, largeValue);
    return largeValue;
  }

  releaseState(owner: Task | Job): void {
    if (this.#states.size === 0) return;
    this.#states.get(owner)?.close();
    this.#states.delete(owner);
  }

  /** The job's slot is given back. */
  release(job: Job): void {
    this.releaseState(job);
    const { largeValue } = job;
    if (largeValue === undefined) return;
    this.#takeOut(job, largeValue);
    this.discard(largeValue);
  }

  discard(args: PackedArgs): void {
    if (!(args instanceof LargeValue) || !this.#largeValues.delete(args)) return;
    if (this.#stopgaps.delete(args)) this.#stopgapBytes -= args.segmentBytes;
    args.close();
  }

  /** Nothing is read any more. */
  close(): void {
    this.#isClosed = true;
    for (const largeValue of [...this.#largeValues, ...this.#states.values()]) largeValue.close();
    this.#largeValues.clear();
    this.#stopgaps.clear();
    this.#states.clear();
    this.#fileCache.close();
  }
}
