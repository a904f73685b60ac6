import type { MprocError } from '../../errors/errors.js';
import { knownLength, pack, packInto } from '../../values/index.js';
import { JobFlag } from '../protocol.js';
import { JobSlots, type Line } from '../transport/job-slots.js';
import { openParcel, type Parcel, sendBytes, sendParcel } from '../transport/parcel.js';
import { PayloadPages } from '../transport/payload-pages.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import type { Job } from './job.js';
import type { Task } from './task.js';

/** Shared memory that large arguments may take at once, in bytes; one is let through whatever its size. */
const PARCELS_BYTES = 256 * 1024 * 1024;

/** Puts jobs into shared memory and takes their memory back. The parent alone does either. */
export class SlotDesk {
  readonly slots: JobSlots;
  /** The job of each slot; `undefined` where the slot is free. */
  readonly jobs: (Job | undefined)[];
  readonly #segment: PoolSegment;
  readonly #pages: PayloadPages;
  readonly #free: number[] = [];
  #parcelsBytes = 0;
  readonly #stateParcels = new Map<Task, Parcel>();

  constructor(segment: PoolSegment) {
    this.#segment = segment;
    this.slots = new JobSlots(segment);
    this.#pages = new PayloadPages(segment.byte.arena, segment.size.arenaBytes);
    this.jobs = new Array(this.slots.count).fill(undefined);
    for (let slot = this.slots.count - 1; slot >= 0; slot -= 1) this.#free.push(slot);
  }

  get used(): number {
    return this.slots.count - this.#free.length;
  }

  get freeSlots(): number {
    return this.#free.length;
  }

  /**
   * Packs a job; children can take it after `publish`.
   * @returns `false` when there is no room now
   * @throws ValueError when its arguments cannot be sent; MprocError `ERR_MEMORY_FULL`
   */
  place(job: Job, line: Line): boolean {
    const { task } = job;
    if (this.#free.length === 0 || !this.slots.hasRoom(line)) return false;
    if (task.placed === undefined && !this.#placeTask(task)) return false;
    const flags = this.#placePayload(job);
    if (flags === -1) return false;
    const slot = this.#free.pop()!;
    job.slot = slot;
    this.jobs[slot] = job;
    this.slots.fill(
      slot,
      this.#payloadAt,
      this.#payloadBytes,
      task.id,
      task.placed!.at,
      job.caller.number,
      job.index,
      Math.min(job.attempt, JobFlag.AttemptMask) | flags,
    );
    this.slots.append(slot, line);
    return true;
  }

  /** Shows children what was placed. */
  publish(): void {
    this.slots.publish();
  }

  #payloadAt = 0;
  #payloadBytes = 0;

  #placeTask(task: Task): boolean {
    const parcel = task.stateIsLarge ? sendBytes(task.state) : undefined;
    const description = task.description(parcel?.name);
    const stretch = this.#reserve(description.length);
    if (stretch === undefined) {
      parcel?.close();
      return false;
    }
    this.#segment.bytes.set(description, stretch.at);
    task.placed = stretch;
    if (parcel !== undefined) this.#stateParcels.set(task, parcel);
    return true;
  }

  releaseTask(task: Task): void {
    if (task.placed) this.#pages.release(task.placed.page);
    task.placed = undefined;
    this.#stateParcels.get(task)?.close();
    this.#stateParcels.delete(task);
  }

  /** Room for bytes of known length; `undefined` when there is none now. */
  #reserve(lengthBytes: number): { at: number; page: number } | undefined {
    const pages = this.#pages;
    if (lengthBytes > pages.pageBytes) return pages.keepLarge(lengthBytes);
    if (pages.room < lengthBytes && !pages.openPage()) return undefined;
    const at = pages.cursor;
    return { at, page: pages.keep(lengthBytes) };
  }

  /** Returns the flags that tell how the payload lies; -1 when there is no room now. */
  #placePayload(job: Job): number {
    if (job.notice !== undefined) return this.#placePrefixed(job, job.notice, JobFlag.Notice);
    if (job.state !== undefined) return this.#placePrefixed(job, this.#packedArgs(job), 0);
    if (job.packedArgs !== undefined) return this.#placeBytes(job, job.packedArgs, 0);
    return this.#placeFresh(job);
  }

  #packedArgs(job: Job): Buffer {
    job.packedArgs ??= Buffer.from(pack(job.args, 'args'));
    return job.packedArgs;
  }

  /** The state's length in 4 bytes, the state, then the rest. */
  #placePrefixed(job: Job, rest: Buffer, flags: number): number {
    const state = job.state ?? job.task.state;
    const length = Buffer.alloc(4);
    length.writeUInt32LE(state.length);
    return this.#placeBytes(job, Buffer.concat([length, state, rest]), flags | JobFlag.OwnState);
  }

  #placeBytes(job: Job, packed: Buffer, flags: number): number {
    if (packed.length > this.#pages.largestPayload) {
      return this.#placeParcel(job, flags, packed.length, () => sendBytes(packed));
    }
    const stretch = this.#reserve(packed.length);
    if (stretch === undefined) return -1;
    this.#segment.bytes.set(packed, stretch.at);
    return this.#placed(job, stretch.at, packed.length, stretch.page, flags);
  }

  #placeFresh(job: Job): number {
    const pages = this.#pages;
    const { bytes } = this.#segment;
    const known = knownLength(job.args);
    if (known !== undefined && known > pages.largestPayload) {
      return this.#placeParcel(job, 0, known, () => sendParcel(job.args, 'args'));
    }
    if (known === undefined || known < pages.room) {
      if (pages.room > 0) {
        const at = pages.cursor;
        const lengthBytes = packInto(bytes, at, job.args, 'args', at + pages.room);
        if (lengthBytes !== -1) return this.#placed(job, at, lengthBytes, pages.keep(lengthBytes), 0);
      }
    }
    // It does not fit in what is left of the page: pack it aside, once, and place the bytes.
    const packed = Buffer.from(pack(job.args, 'args'));
    const flags = this.#placeBytes(job, packed, 0);
    if (flags === -1) job.packedArgs = packed;
    return flags;
  }

  /** @throws MprocError `ERR_MEMORY_FULL` when there is no memory, and will be none when others are done */
  #placeParcel(job: Job, flags: number, lengthBytes: number, send: () => Parcel): number {
    if (this.#parcelsBytes > 0 && this.#parcelsBytes + lengthBytes > PARCELS_BYTES) return -1;
    let parcel: Parcel;
    try {
      parcel = send();
    } catch (error) {
      if (this.#parcelsBytes > 0 && (error as MprocError).code === 'ERR_MEMORY_FULL') return -1;
      throw error;
    }
    const name = Buffer.from(parcel.name, 'latin1');
    const stretch = this.#reserve(name.length);
    if (stretch === undefined) {
      parcel.close();
      return -1;
    }
    job.parcel = parcel;
    this.#parcelsBytes += parcel.segmentBytes;
    this.#segment.bytes.set(name, stretch.at);
    return this.#placed(job, stretch.at, name.length, stretch.page, flags | JobFlag.Parcel);
  }

  #placed(job: Job, at: number, lengthBytes: number, page: number, flags: number): number {
    this.#payloadAt = at;
    this.#payloadBytes = lengthBytes;
    job.page = page;
    return flags;
  }

  /** Keeps the packed arguments of a job that will be tried again: its slot and page are about to be given back. */
  keepArgs(job: Job): void {
    if (job.packedArgs !== undefined || job.slot === -1 || job.notice !== undefined) return;
    const { slots } = this;
    const at = slots.payloadOf(job.slot);
    const lengthBytes = slots.payloadBytesOf(job.slot);
    const flags = slots.attemptOf(job.slot);
    const { bytes } = this.#segment;
    job.packedArgs =
      (flags & JobFlag.Parcel) === 0
        ? withoutState(bytes.subarray(at, at + lengthBytes), flags)
        : openParcel(bytes.toString('latin1', at, at + lengthBytes), (parcel, length) =>
            withoutState(parcel.subarray(0, length), flags),
          );
  }

  /** Nothing is read any more: lets go of all that lies outside the pool's own segment. */
  close(): void {
    for (const parcel of this.#stateParcels.values()) parcel.close();
    for (const job of this.jobs) job?.parcel?.close();
  }

  /** Gives back what the job occupies. */
  release(job: Job): void {
    if (job.slot !== -1) {
      this.slots.free(job.slot);
      this.jobs[job.slot] = undefined;
      this.#free.push(job.slot);
      job.slot = -1;
    }
    if (job.page !== -1) this.#pages.release(job.page);
    job.page = -1;
    if (job.parcel === undefined) return;
    this.#parcelsBytes -= job.parcel.segmentBytes;
    job.parcel.close();
    job.parcel = undefined;
  }
}

function withoutState(packed: Buffer, flags: number): Buffer {
  const from = (flags & JobFlag.OwnState) === 0 ? 0 : 4 + packed.readUInt32LE(0);
  return Buffer.from(packed.subarray(from));
}
