import { monotonicMs } from '../../../clock/monotonic-ms.js';
import { knownLength, packedOf, packInto } from '../../../values/index.js';
import { IndexedSet } from '../../collections/indexed-set.js';
import type { Job } from '../../jobs/job.js';
import type { JobSource } from '../../jobs/job-source.js';
import { afterArgs, argsBehind, readArgsLength, writeArgsLength } from '../../transport/bundled-args.js';
import { type JobSlots, Lane } from '../../transport/job-slots.js';
import type { LiveBytes, PayloadPages } from '../../transport/payload-pages.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import { Bundle } from './bundle.js';

/** A bundle is not begun where less room is left of a page, in bytes. */
const LEAST_ROOM = 512;
/** A bundle whose child has been at one job for so long is ended, in milliseconds. */
const SLOW_MS = 5;
/** Input that takes so long is not waited for until a bundle is full, in milliseconds. */
const SLOW_INPUT_MS = 0.2;
/** Jobs after which the clock is read. */
const LOOK_AT_CLOCK = 8;

/** What the bundles share with the jobs that have a slot each. */
export interface SharedSlots {
  /** What lies in each slot. */
  readonly held: (Job | Bundle | undefined)[];
  /** Jobs that lie in shared memory. */
  inMemory: number;
  takeSlot(): number;
  giveSlot(slot: number): void;
}

/** A job that was taken for a bundle, and has to go alone. */
export interface Straggler {
  readonly index: number;
  readonly args: unknown;
}

/** Puts bundles of small jobs into shared memory, and takes them apart again. */
export class BundleTracker {
  readonly #segment: PoolSegment;
  readonly #slots: JobSlots;
  readonly #pages: PayloadPages;
  readonly #shared: SharedSlots;
  readonly #bundles = new IndexedSet<Bundle>();
  /** What the last bundle had no place for. */
  straggler: Straggler | undefined;

  constructor(segment: PoolSegment, slots: JobSlots, pages: PayloadPages, shared: SharedSlots) {
    this.#segment = segment;
    this.#slots = slots;
    this.#pages = pages;
    this.#shared = shared;
  }

  /** Milliseconds since the segment was made. */
  #now(): number {
    return monotonicMs() - this.#segment.epoch;
  }

  get isEmpty(): boolean {
    return this.#bundles.size === 0;
  }

  all(): Bundle[] {
    return this.#bundles.all();
  }

  /** In bytes, without which no bundle is begun. */
  get leastRoom(): number {
    return LEAST_ROOM;
  }

  /** Is there room in a page for some small jobs? */
  hasRoom(): boolean {
    return this.#pages.room >= LEAST_ROOM || this.#pages.openPage();
  }

  /**
   * Packs jobs of a source, for whose worker, slot and page there is room; children can take them after `publish`.
   * @returns how many were placed; one that does not fit, or cannot be sent, is the `straggler` then
   */
  place(jobSource: JobSource, most: number, taskAt: number, now: number): number {
    const { bytes, words } = this.#segment;
    const pages = this.#pages;
    const start = pages.cursor;
    const end = start + pages.room;
    const first = jobSource.given;
    let count = 0;
    let at = start;
    this.straggler = undefined;
    pages.pin();
    while (count < most) {
      const args = jobSource.nextArgs();
      if (args === undefined && jobSource.given === first + count) break;
      const lengthBytes = packSmall(bytes, argsBehind(at), end, args);
      if (lengthBytes === -1) {
        this.straggler = { index: first + count, args };
        break;
      }
      writeArgsLength(words, at, lengthBytes);
      at = afterArgs(at, lengthBytes);
      count += 1;
      if (count % LOOK_AT_CLOCK === 0 && this.#now() - now > SLOW_INPUT_MS) break;
    }
    if (count === 0) {
      pages.unpin();
      return 0;
    }
    const lengthBytes = at - start;
    const page = pages.keep(lengthBytes);
    const slot = this.#shared.takeSlot();
    const bundle = new Bundle(jobSource.task, jobSource, first, count, slot, page, now);
    this.#bundles.add(bundle);
    jobSource.bundles += 1;
    this.#shared.held[slot] = bundle;
    this.#shared.inMemory += count;
    this.#slots.noteQueued(slot, now);
    this.#slots.fill(slot, start, lengthBytes, jobSource.task.id, taskAt, jobSource.number, first, 1, count);
    this.#slots.append(slot, Lane.Usual);
    return count;
  }

  /** The next of its jobs is done. */
  oneDone(bundle: Bundle): void {
    bundle.done += 1;
    this.#shared.inMemory -= 1;
    if (bundle.done === bundle.count) this.#release(bundle);
  }

  /** The job that its child was at when the bundle was ended is done, or taken back. */
  lastDone(bundle: Bundle): void {
    bundle.last = undefined;
    bundle.done = bundle.count - 1;
    this.oneDone(bundle);
  }

  #release(bundle: Bundle): void {
    this.#bundles.remove(bundle);
    bundle.caller.bundles -= 1;
    this.#shared.held[bundle.slot] = undefined;
    this.#shared.giveSlot(bundle.slot);
    this.#pages.release(bundle.page);
  }

  /** A job of a bundle that was told of, and is gone from the bundle with that, by itself. */
  takeOut(bundle: Bundle): Job {
    const job = this.#unpacked(bundle, bundle.done);
    this.oneDone(bundle);
    return job;
  }

  /**
   * Ends a bundle: its child goes no further than the job that it is at, which becomes a job as any other.
   * @returns the jobs that nobody has begun, out of memory, in order
   */
  end(bundle: Bundle): Job[] {
    if (bundle.last !== undefined) return [];
    const { slot, done } = bundle;
    if (this.#slots.withdraw(slot)) return this.#cut(bundle, done);
    const at = this.#slots.cutBundle(slot);
    // Its child may have told of the job that it is at, and of none that follow.
    if (at >= done - 1 && at < bundle.count) return this.#cut(bundle, at + 1);
    // Something was written there that cannot be. Its child stops when it sees that, and has no claim to the rest then.
    this.#slots.stopBundle(slot, done);
    return [];
  }

  /**
   * The same of a bundle whose child is dead, and has told all that it will.
   * @returns the jobs that nobody has begun, out of memory; that at which the child died is left
   */
  endOfDead(bundle: Bundle): Job[] {
    const { slot, done } = bundle;
    if (bundle.last !== undefined) return this.dissolve(bundle);
    return this.#cut(bundle, this.#slots.cutBundle(slot) === done - 1 ? done : done + 1);
  }

  /**
   * Takes a bundle apart that nobody runs.
   * @returns its jobs, out of memory; but for the `last`, which is left as a job with a slot
   */
  dissolve(bundle: Bundle): Job[] {
    const end = bundle.last === undefined ? bundle.count : bundle.count - 1;
    const jobs: Job[] = [];
    for (let position = bundle.done; position < end; position += 1)
      jobs.push(this.#unpacked(bundle, position));
    this.#shared.inMemory -= jobs.length;
    bundle.done = end;
    if (bundle.last === undefined) this.#release(bundle);
    return jobs;
  }

  /** Leaves so many jobs of a bundle, the last of which becomes a job as any other. @returns those that follow */
  #cut(bundle: Bundle, kept: number): Job[] {
    const rest: Job[] = [];
    for (let position = kept; position < bundle.count; position += 1)
      rest.push(this.#unpacked(bundle, position));
    this.#shared.inMemory -= rest.length;
    bundle.count -= rest.length;
    if (bundle.done === bundle.count) this.#release(bundle);
    else {
      bundle.last = this.#unpacked(bundle, kept - 1);
      bundle.last.slot = bundle.slot;
      bundle.lastAt = this.#argsAt(bundle, kept - 1);
      bundle.lastBytes =
        afterArgs(bundle.lastAt, readArgsLength(this.#segment.words, bundle.lastAt)) - bundle.lastAt;
    }
    return rest;
  }

  /** Bundles that are held up by a job that takes its time. */
  slowOnes(now: number): Bundle[] {
    return this.all().filter((bundle) => {
      if (bundle.last !== undefined || this.#slots.runnerOf(bundle.slot) === -1) return false;
      bundle.seenTakenAt ||= now;
      return now - (this.#slots.startedAtOf(bundle.slot, now) || bundle.seenTakenAt) > SLOW_MS;
    });
  }

  /** What of its bytes is still needed: once all others are told of, those of its last job, which may wait for long. */
  liveBytesOf({ slot, page, last, lastAt, lastBytes, done, count }: Bundle): LiveBytes {
    if (last !== undefined && done === count - 1) return { at: lastAt, lengthBytes: lastBytes, page };
    return { at: this.#slots.payloadOf(slot), lengthBytes: this.#slots.payloadBytesOf(slot), page };
  }

  /** Where the length of a job's arguments is. */
  #argsAt(bundle: Bundle, position: number): number {
    let at = this.#slots.payloadOf(bundle.slot);
    for (let before = 0; before < position; before += 1)
      at = afterArgs(at, readArgsLength(this.#segment.words, at));
    return at;
  }

  /** An object for a job, with its arguments as they were packed. */
  #unpacked(bundle: Bundle, position: number): Job {
    const { bytes, words } = this.#segment;
    const at = this.#argsAt(bundle, position);
    const start = argsBehind(at);
    const job = bundle.jobAt(position);
    bundle.caller.jobOpened?.(job);
    job.packedArgs = packedOf(Buffer.from(bytes.subarray(start, start + readArgsLength(words, at))));
    return job;
  }
}

/** @returns the length, -1 where the arguments do not fit or cannot be sent */
function packSmall(bytes: Buffer, start: number, end: number, args: unknown): number {
  try {
    const known = knownLength(args);
    if (start >= end || (known !== undefined && known > LEAST_ROOM)) return -1;
    return packInto(bytes, start, args, 'args', end);
  } catch {
    // Whoever places it alone tells what is wrong with it.
    return -1;
  }
}
