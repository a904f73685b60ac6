import { type MprocError, PoolClosedError } from '../../errors/errors.js';
import { boundedBytes } from '../../limits/limits.js';
import { isRoomFor } from '../../segment/room.js';
import { type Packed, packedOf } from '../../values/index.js';
import { Parcel } from '../transport/parcel.js';
import { ParcelShelf } from '../transport/parcel-shelf.js';
import type { Job } from './job.js';
import type { Task } from './task.js';

/** Shared memory that large arguments may take at once, in bytes; one is let through whatever its size. */
const PARCELS_BYTES = 256 * 1024 * 1024;
/** The same of arguments that are not large, and found no room in the pool's own segment. */
const STOPGAP_BYTES = 64 * 1024 * 1024;

/** Arguments as they were packed for an attempt: in this process's memory, or in a parcel that is still there. */
export type PackedArgs = Packed | Parcel;

/** Sends what is too large for the pool's own segment, and takes its memory back. */
export class ParcelDesk {
  readonly #shelf = new ParcelShelf();
  /** What lies in a slot or is kept for another attempt. */
  readonly #parcels = new Set<Parcel>();
  readonly #states = new Map<Task | Job, Parcel>();
  /** Of large arguments in slots. */
  #bytes = 0;
  /** Those of arguments that are not large, and their bytes. */
  readonly #stopgaps = new Set<Parcel>();
  #stopgapBytes = 0;
  #isClosed = false;

  /**
   * @returns the parcel, not yet in a slot; `undefined` when there is no memory before others are done
   * @throws MprocError `ERR_MEMORY_FULL` when there is no memory, and will be none when others are done; PoolClosedError
   */
  send(args: PackedArgs): Parcel | undefined {
    this.#mustBeOpen();
    if (args instanceof Parcel) return args;
    if (this.#bytes > 0 && this.#bytes + args.lengthBytes > boundedBytes(PARCELS_BYTES)) return undefined;
    try {
      const parcel = Parcel.send(this.#shelf, args, { mayWait: this.#bytes > 0 });
      this.#parcels.add(parcel);
      return parcel;
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
  sendStopgap(args: Packed): Parcel | undefined {
    this.#mustBeOpen();
    if (this.#stopgapBytes > 0 && this.#stopgapBytes + args.lengthBytes > boundedBytes(STOPGAP_BYTES))
      return undefined;
    try {
      const parcel = Parcel.send(this.#shelf, args);
      this.#parcels.add(parcel);
      this.#stopgaps.add(parcel);
      this.#stopgapBytes += parcel.segmentBytes;
      return parcel;
    } catch (error) {
      if ((error as MprocError).code === 'ERR_MEMORY_FULL') return undefined;
      throw error;
    }
  }

  /** The parcel lies in the job's slot. */
  assign(job: Job, parcel: Parcel): void {
    job.parcel = parcel;
    if (!this.#stopgaps.has(parcel)) this.#bytes += parcel.segmentBytes;
  }

  /** The parcel lies in no slot any more. */
  #takeOut(job: Job, parcel: Parcel): void {
    job.parcel = undefined;
    if (!this.#stopgaps.has(parcel)) this.#bytes -= parcel.segmentBytes;
  }

  /** Takes the parcel of a job that will be tried again out of its slot. It costs nothing while there is room for it. */
  keepArgs(job: Job): PackedArgs {
    const parcel = job.parcel!;
    if (!isRoomFor(parcel.segmentBytes)) return parcel.copy();
    this.#takeOut(job, parcel);
    return parcel;
  }

  /** Code of the user that runs while a value is packed may end the pool: nobody would take the value back then. */
  #mustBeOpen(): void {
    if (this.#isClosed) throw new PoolClosedError();
  }

  /** @throws MprocError `ERR_MEMORY_FULL`; PoolClosedError */
  sendState(owner: Task | Job, state: Uint8Array): Parcel {
    this.#mustBeOpen();
    const parcel = Parcel.send(this.#shelf, packedOf(state));
    this.#states.set(owner, parcel);
    return parcel;
  }

  releaseState(owner: Task | Job): void {
    if (this.#states.size === 0) return;
    this.#states.get(owner)?.close();
    this.#states.delete(owner);
  }

  /** The job's slot is given back. */
  release(job: Job): void {
    this.releaseState(job);
    const { parcel } = job;
    if (parcel === undefined) return;
    this.#takeOut(job, parcel);
    this.discard(parcel);
  }

  discard(args: PackedArgs): void {
    if (!(args instanceof Parcel) || !this.#parcels.delete(args)) return;
    if (this.#stopgaps.delete(args)) this.#stopgapBytes -= args.segmentBytes;
    args.close();
  }

  /** Nothing is read any more. */
  close(): void {
    this.#isClosed = true;
    for (const parcel of [...this.#parcels, ...this.#states.values()]) parcel.close();
    this.#parcels.clear();
    this.#stopgaps.clear();
    this.#states.clear();
    this.#shelf.close();
  }
}
