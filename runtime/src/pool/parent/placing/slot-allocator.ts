import type { MprocError } from '../../../errors/errors.js';
import {
  isWhole,
  joinInto,
  knownLength,
  type Lend,
  type Packed,
  packApart,
  packedOf,
  packInto,
} from '../../../values/index.js';
import type { Job, PackedArgs } from '../../jobs/job.js';
import type { JobSource } from '../../jobs/job-source.js';
import { LARGE_STATE_BYTES, type Task } from '../../jobs/task.js';
import { JobFlag } from '../../protocol.js';
import { JobSlots, Lane } from '../../transport/job-slots.js';
import { LargeValue } from '../../transport/large-value.js';
import { NameReserve } from '../../transport/name-reserve.js';
import { type LiveBytes, PayloadPages, type Stretch } from '../../transport/payload-pages.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import { Bundle } from './bundle.js';
import { BundleTracker, type SharedSlots } from './bundle-tracker.js';
import { LargeValuesInFlight } from './large-values-in-flight.js';

const NOTHING: Buffer = Buffer.alloc(0);
/** Spare cells have numbers beyond those of pages. */
const FIRST_RESERVED = 1 << 24;

/** Puts jobs into shared memory and takes their memory back. The parent alone does either. */
export class SlotAllocator implements SharedSlots {
  readonly slots: JobSlots;
  readonly bundles: BundleTracker;
  /** What lies in each slot; `undefined` where it is free. */
  readonly held: (Job | Bundle | undefined)[];
  inMemory = 0;
  /** Which arrays of arguments are not copied; `undefined` while there are none. */
  lend: Lend | undefined;
  readonly #segment: PoolSegment;
  readonly #pages: PayloadPages;
  readonly #nameReserve: NameReserve;
  readonly #free: number[] = [];
  readonly #largeValues = new LargeValuesInFlight();
  /** Workers whose description lies in shared memory. */
  readonly #tasks = new Set<Task>();
  /** Slots whose jobs can run at once. */
  readonly #runnable: number;

  /** @param mostRunning how many jobs all processes together run side by side */
  constructor(segment: PoolSegment, mostRunning: number) {
    this.#segment = segment;
    this.slots = new JobSlots(segment);
    this.#runnable = Math.min(mostRunning, this.slots.count);
    const pagesBytes = segment.size.arenaBytes - NameReserve.bytesFor(this.#runnable);
    this.#pages = new PayloadPages(segment.byte.arena, pagesBytes);
    this.#nameReserve = new NameReserve(segment.byte.arena + pagesBytes, this.#runnable);
    this.held = new Array(this.slots.count).fill(undefined);
    this.bundles = new BundleTracker(segment, this.slots, this.#pages, this);
    for (let slot = this.slots.count - 1; slot >= 0; slot -= 1) this.#free.push(slot);
  }

  /** The job that has a slot to itself, or that a bundle was ended with. */
  jobIn(slot: number): Job | undefined {
    const held = this.held[slot];
    return held instanceof Bundle ? held.last : held;
  }

  /** What lies in a slot, if this is its use; a child may name any. */
  heldIn(slot: number, use: number): Job | Bundle | undefined {
    return slot < this.slots.count && this.slots.useOf(slot) === use ? this.held[slot] : undefined;
  }

  /** All of these. */
  jobs(): Job[] {
    const jobs: Job[] = [];
    for (let slot = 0; slot < this.held.length; slot += 1) {
      const job = this.jobIn(slot);
      if (job !== undefined) jobs.push(job);
    }
    return jobs;
  }

  /** How many jobs each process runs, or has taken. */
  runningUnder(children: number): Int32Array {
    const counts = new Int32Array(children);
    for (let slot = 0; slot < this.held.length; slot += 1) {
      if (this.held[slot] === undefined) continue;
      const child = this.slots.runnerOf(slot);
      if (child >= 0 && child < children) counts[child]! += 1;
    }
    return counts;
  }

  get freeBytes(): number {
    return this.#pages.freeBytes;
  }

  takeSlot(): number {
    return this.#free.pop()!;
  }

  giveSlot(slot: number): void {
    this.slots.free(slot);
    this.#free.push(slot);
  }

  /**
   * Could a process run another job than those that are here? Then a job is placed wherever there is any room for it, as
   * those that run may wait for what it does; else it waits until one of them has ended.
   */
  get isStarved(): boolean {
    return this.slots.count - this.#free.length < this.#runnable;
  }

  /** The last job that was not placed found a slot, and no memory. */
  lacksMemory = false;
  /** While one waits for memory, no other may have what a large value needs, or it might wait for ever. */
  firstForMemory: Job | undefined;

  /** Jobs for each slot that is in use. */
  get jobsPerSlot(): number {
    const used = this.slots.count - this.#free.length;
    return used === 0 ? 1 : this.inMemory / used;
  }

  /**
   * Packs jobs of a source into one slot.
   * @param most how many
   * @returns how many were placed, and `bundles.straggler` may be another; -1 when there is no room now
   */
  placeBundle(jobSource: JobSource, most: number, now: number): number {
    const { task } = jobSource;
    // Rather a whole one soon than a part of one now.
    if (this.inMemory + most > this.slots.count || this.#free.length === 0 || !this.slots.hasRoom(Lane.Usual))
      return -1;
    if (task.placed === undefined && !this.#placeTask(task)) return -1;
    if (!this.bundles.hasRoom() && !this.#openGap(this.bundles.leastRoom)) return -1;
    // Kept while the input and getters run: they may change the worker, and so have another task take this one's place.
    task.pending += 1;
    try {
      return this.bundles.place(jobSource, most, task.placed!.at, now);
    } finally {
      task.pending -= 1;
      if (task.pending === 0 && task.isReplaced) this.releaseTask(task);
    }
  }

  /**
   * Packs a job; children can take it after `publish`.
   * @param lane where it waits; in none, where a process is kept for it
   * @returns `false` when there is no room now
   * @throws ValueError when its arguments cannot be sent; MprocError `ERR_MEMORY_FULL`
   */
  place(job: Job, lane: Lane | undefined): boolean {
    const { task } = job;
    this.lacksMemory = false;
    if (this.inMemory >= this.slots.count || this.#free.length === 0) return false;
    if (lane !== undefined && !this.slots.hasRoom(lane)) return false;
    this.lacksMemory = true;
    if (task.placed === undefined && !this.#placeTask(task)) return false;
    const { notice } = job;
    const flags = this.#placePayload(job);
    if (job.answered || job.notice !== notice) {
      // A getter of its arguments has canceled it.
      this.release(job);
      return true;
    }
    if (flags === -1) return false;
    const slot = this.takeSlot();
    job.slot = slot;
    this.held[slot] = job;
    this.inMemory += 1;
    this.slots.noteQueued(slot, job.queuedAt);
    this.slots.fill(
      slot,
      this.#payloadAt,
      this.#payloadBytes,
      task.id,
      task.placed!.at,
      job.caller.number,
      job.index,
      Math.min(job.attempt, JobFlag.AttemptMask) | flags | (job.carrier === undefined ? 0 : JobFlag.Carried),
      0,
    );
    if (lane !== undefined) this.slots.append(slot, lane);
    return true;
  }

  /** Shows children what was placed. */
  publish(): void {
    this.slots.publish();
  }

  #payloadAt = 0;
  #payloadBytes = 0;

  #placeTask(task: Task): boolean {
    const largeValue = task.stateIsLarge ? this.#largeValues.sendState(task, task.state) : undefined;
    const description = task.description(largeValue?.name);
    const stretch = this.#reserve(description.length);
    if (stretch === undefined) {
      this.#largeValues.releaseState(task);
      return false;
    }
    this.#segment.bytes.set(description, stretch.at);
    task.placed = { ...stretch, lengthBytes: description.length };
    this.#tasks.add(task);
    return true;
  }

  releaseTask(task: Task): void {
    if (task.placed) this.#pages.release(task.placed.page);
    task.placed = undefined;
    this.#tasks.delete(task);
    this.#largeValues.releaseState(task);
  }

  /** Room for bytes of known length; `undefined` when there is none now. */
  #reserve(lengthBytes: number): Stretch | undefined {
    const pages = this.#pages;
    if (lengthBytes > pages.pageBytes) return pages.keepLarge(lengthBytes);
    if (pages.room < lengthBytes && !pages.openPage() && !this.#openGap(lengthBytes)) return undefined;
    const at = pages.cursor;
    pages.pin();
    return { at, page: pages.keep(lengthBytes) };
  }

  #openGap(lengthBytes: number): boolean {
    return this.isStarved && this.#pages.openGap(lengthBytes, () => this.#liveBytes());
  }

  /** Everything that lies in pages. */
  #liveBytes(): LiveBytes[] {
    const live: LiveBytes[] = [];
    for (const { placed } of this.#tasks) if (placed !== undefined) live.push(placed);
    for (let slot = 0; slot < this.held.length; slot += 1) {
      const held = this.held[slot];
      if (held === undefined) continue;
      if (held instanceof Bundle) live.push(this.bundles.liveBytesOf(held));
      else if (held.page < FIRST_RESERVED)
        live.push({
          at: this.slots.payloadOf(slot),
          lengthBytes: this.slots.payloadBytesOf(slot),
          page: held.page,
        });
    }
    return live;
  }

  /** Room for the name of a large value. */
  #reserveName(lengthBytes: number): Stretch | undefined {
    const stretch = this.#reserve(lengthBytes);
    if (stretch !== undefined || !this.isStarved) return stretch;
    const entry = this.#nameReserve.take(lengthBytes);
    return entry === -1 ? undefined : { at: this.#nameReserve.placeOf(entry), page: FIRST_RESERVED + entry };
  }

  /** Returns the flags that tell how the payload lies; -1 when there is no room now. */
  #placePayload(job: Job): number {
    if (job.notice !== undefined)
      return this.#placePacked(job, packedOf(job.notice), job.state ?? job.task.state, JobFlag.Notice);
    if (job.packedArgs !== undefined) return this.#placeAgain(job, job.packedArgs);
    return job.state === undefined ? this.#placeFresh(job) : this.#placeApart(job, job.state);
  }

  #placeFresh(job: Job): number {
    const pages = this.#pages;
    const { bytes } = this.#segment;
    const known = knownLength(job.sent);
    if (known === undefined || known < pages.room) {
      if (pages.room > 0) {
        const at = pages.cursor;
        let lengthBytes = -1;
        pages.pin();
        try {
          lengthBytes = packInto(bytes, at, job.sent, job.sentRoot, at + pages.room, this.lend);
        } finally {
          if (lengthBytes === -1) pages.unpin();
        }
        if (lengthBytes !== -1) return this.#placed(job, at, lengthBytes, pages.keep(lengthBytes), 0);
      }
    }
    // It does not fit in what is left of the page.
    return this.#placeApart(job, undefined);
  }

  /** Packs it aside, once, and places the bytes. */
  #placeApart(job: Job, state: Buffer | undefined): number {
    const packed = packApart(job.sent, job.sentRoot, this.lend);
    const flags = this.#placePacked(job, packed, state, 0);
    if (flags === -1) job.packedArgs = { ...packed, body: Buffer.from(packed.body) };
    return flags;
  }

  #placeAgain(job: Job, args: PackedArgs): number {
    if (args instanceof LargeValue) {
      const flags = this.#placePacked(job, args, job.state, 0);
      if (flags !== -1) job.packedArgs = undefined;
      return flags;
    }
    // Long runs are still the caller's own memory: once they have been sent, what was sent is what counts.
    const packed = isWhole(args) ? args : packApart(job.sent, job.sentRoot, this.lend);
    const flags = this.#placePacked(job, packed, job.state, 0);
    if (flags !== -1 && args.runs.length > 0) job.packedArgs = undefined;
    return flags;
  }

  /** The state where there is one, its length in 4 bytes before it; then the arguments, or the name of their large value. */
  #placePacked(job: Job, args: PackedArgs, state: Buffer | undefined, kind: number): number {
    if (args instanceof LargeValue || args.lengthBytes > this.#pages.largestPayload) {
      const isBehind = this.firstForMemory !== undefined && this.firstForMemory !== job;
      if (isBehind && !(args instanceof LargeValue)) return -1;
      const largeValue = this.#largeValues.send(args);
      if (largeValue === undefined) return -1;
      const flags = this.#placeLargeValue(job, largeValue, state, kind);
      if (flags === -1 && largeValue !== args) this.#largeValues.discard(largeValue);
      return flags;
    }
    const flags = this.#placeInPages(job, args, state, kind);
    return flags === -1 && this.isStarved ? this.#placeOutside(job, args, state, kind) : flags;
  }

  #placeInPages(job: Job, args: Packed, state: Buffer | undefined, kind: number): number {
    const [prefix, flags] = this.#prefixFor(job, state, false);
    const stretch = this.#reserve(prefix.length + args.lengthBytes);
    if (stretch !== undefined) return this.#fill(job, stretch, prefix, args, kind | flags);
    this.#largeValues.releaseState(job);
    return -1;
  }

  #placeLargeValue(job: Job, largeValue: LargeValue, state: Buffer | undefined, kind: number): number {
    const flags = this.#placeName(job, largeValue, state, kind, false);
    if (flags !== -1 || state === undefined || !this.isStarved) return flags;
    return this.#placeName(job, largeValue, state, kind, true);
  }

  /** @param isTight a state lies in a file of its own however small it is */
  #placeName(
    job: Job,
    largeValue: LargeValue,
    state: Buffer | undefined,
    kind: number,
    isTight: boolean,
  ): number {
    const name = packedOf(Buffer.from(largeValue.name, 'latin1'));
    const [prefix, flags] = this.#prefixFor(job, state, isTight);
    const stretch = this.#reserveName(prefix.length + name.lengthBytes);
    if (stretch === undefined) {
      this.#largeValues.releaseState(job);
      return -1;
    }
    this.#largeValues.assign(job, largeValue);
    return this.#fill(job, stretch, prefix, name, kind | flags | JobFlag.LargeValue);
  }

  /** Arguments that would lie in a page, if there were one. */
  #placeOutside(job: Job, args: Packed, state: Buffer | undefined, kind: number): number {
    const largeValue = this.#largeValues.sendStopgap(args);
    if (largeValue === undefined) return -1;
    try {
      const flags = this.#placeLargeValue(job, largeValue, state, kind);
      if (flags === -1) this.#largeValues.discard(largeValue);
      return flags;
    } catch (error) {
      // There is no memory for the state; there will be when others are done.
      this.#largeValues.discard(largeValue);
      if ((error as MprocError).code !== 'ERR_MEMORY_FULL') throw error;
      return -1;
    }
  }

  /** What lies before the arguments, and the flags that tell of it. */
  #prefixFor(job: Job, state: Buffer | undefined, isTight: boolean): [Buffer, number] {
    if (state === undefined) return [NOTHING, 0];
    const isApart = isTight || state.length > LARGE_STATE_BYTES;
    if (!isApart) return [prefixOf(state), JobFlag.OwnState];
    const { name } = this.#largeValues.sendState(job, state);
    return [prefixOf(Buffer.from(name, 'latin1')), JobFlag.OwnState | JobFlag.StateLargeValue];
  }

  #fill(job: Job, { at, page }: Stretch, prefix: Buffer, rest: Packed, flags: number): number {
    const { bytes } = this.#segment;
    bytes.set(prefix, at);
    joinInto(rest, bytes, at + prefix.length);
    return this.#placed(job, at, prefix.length + rest.lengthBytes, page, flags);
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
    const flags = slots.attemptOf(job.slot);
    if ((flags & JobFlag.LargeValue) !== 0) {
      job.packedArgs = this.#largeValues.keepArgs(job);
      return;
    }
    const { bytes } = this.#segment;
    const at = slots.payloadOf(job.slot);
    const stateBytes = (flags & JobFlag.OwnState) === 0 ? 0 : 4 + bytes.readUInt32LE(at);
    job.packedArgs = packedOf(
      Buffer.from(bytes.subarray(at + stateBytes, at + slots.payloadBytesOf(job.slot))),
    );
  }

  /** It waits behind others, and what was packed of it takes memory: it is packed again, unless its arguments count as sent. */
  forgetPacked(job: Job): void {
    const isSent = job.attempt > 1 || job.neighbourDeaths > 0 || job.args === undefined;
    if (!isSent && !(job.packedArgs instanceof LargeValue)) job.packedArgs = undefined;
  }

  /** There is no further attempt. */
  forgetArgs(job: Job): void {
    if (job.packedArgs === undefined) return;
    this.#largeValues.discard(job.packedArgs);
    job.packedArgs = undefined;
  }

  /** Nothing is read any more: lets go of all that lies outside the pool's own segment. */
  close(): void {
    this.#largeValues.close();
  }

  /** Gives back what the job occupies. */
  release(job: Job): void {
    if (job.slot !== -1) {
      const held = this.held[job.slot];
      if (held instanceof Bundle) this.bundles.lastDone(held);
      else {
        this.held[job.slot] = undefined;
        this.giveSlot(job.slot);
        this.inMemory -= 1;
      }
      job.slot = -1;
    }
    if (job.page >= FIRST_RESERVED) this.#nameReserve.release(job.page - FIRST_RESERVED);
    else if (job.page !== -1) this.#pages.release(job.page);
    job.page = -1;
    this.#largeValues.release(job);
  }
}

function prefixOf(state: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeUInt32LE(state.length);
  return Buffer.concat([length, state]);
}
