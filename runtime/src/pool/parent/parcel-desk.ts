import type { MprocError } from '../../errors/errors.js';
import { isRoomFor } from '../../segment/room.js';
import { type Packed, packedOf } from '../../values/index.js';
import { Parcel } from '../transport/parcel.js';
import { ParcelShelf } from '../transport/parcel-shelf.js';
import type { Job } from './job.js';
import type { Task } from './task.js';

/** Shared memory that large arguments may take at once, in bytes; one is let through whatever its size. */
const PARCELS_BYTES = 256 * 1024 * 1024;

/** Arguments as they were packed for an attempt: in this process's memory, or in a parcel that is still there. */
export type PackedArgs = Packed | Parcel;

/** Sends what is too large for the pool's own segment, and takes its memory back. */
export class ParcelDesk {
  readonly #shelf = new ParcelShelf();
  /** What lies in a slot or is kept for another attempt. */
  readonly #parcels = new Set<Parcel>();
  readonly #states = new Map<Task | Job, Parcel>();
  /** Of arguments in slots. */
  #bytes = 0;

  /**
   * @returns the parcel, not yet in a slot; `undefined` when there is no memory before others are done
   * @throws MprocError `ERR_MEMORY_FULL` when there is no memory, and will be none when others are done
   */
  send(args: PackedArgs): Parcel | undefined {
    if (args instanceof Parcel) return args;
    if (this.#bytes > 0 && this.#bytes + args.lengthBytes > PARCELS_BYTES) return undefined;
    try {
      const parcel = Parcel.send(this.#shelf, args);
      this.#parcels.add(parcel);
      return parcel;
    } catch (error) {
      if (this.#bytes > 0 && (error as MprocError).code === 'ERR_MEMORY_FULL') return undefined;
      throw error;
    }
  }

  /** The parcel lies in the job's slot. */
  assign(job: Job, parcel: Parcel): void {
    job.parcel = parcel;
    this.#bytes += parcel.segmentBytes;
  }

  /** Takes the parcel of a job that will be tried again out of its slot. It costs nothing while there is room for it. */
  keepArgs(job: Job): PackedArgs {
    const parcel = job.parcel!;
    if (!isRoomFor(parcel.segmentBytes)) return parcel.copy();
    job.parcel = undefined;
    this.#bytes -= parcel.segmentBytes;
    return parcel;
  }

  /** @throws MprocError `ERR_MEMORY_FULL` */
  sendState(owner: Task | Job, state: Uint8Array): Parcel {
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
    this.#bytes -= parcel.segmentBytes;
    job.parcel = undefined;
    this.discard(parcel);
  }

  discard(args: PackedArgs): void {
    if (args instanceof Parcel && this.#parcels.delete(args)) args.close();
  }

  /** Nothing is read any more. */
  close(): void {
    for (const parcel of [...this.#parcels, ...this.#states.values()]) parcel.close();
    this.#parcels.clear();
    this.#states.clear();
    this.#shelf.close();
  }
}
