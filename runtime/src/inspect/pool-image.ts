import { readSync } from 'node:fs';
import { monotonicMs } from '../clock/monotonic-ms.js';
import {
  isTurnOf,
  JobFlag,
  LAST_USE,
  readyIn,
  runnerIn,
  SlotState,
  type TaskDescription,
  Turn,
} from '../pool/protocol.js';
import {
  CHILD_BLOCK,
  JOB_SLOT,
  POOL_FIGURES,
  POOL_HEADER,
  PROCESS_RECORD,
  SLOT_STATE,
} from '../pool/transport/layout.js';
import { blockBytesOf, type PoolSegmentSize, placePool } from '../pool/transport/pool-segment.js';
import { unpack } from '../values/index.js';
import type { FoundPool } from './find-pools.js';

/** More than any pool has: what says otherwise is no pool. */
const MOST_CHILDREN = 1_024;
const MOST_SLOTS = 2 ** 20;
/** A description of a worker that is longer is not read. */
const MOST_DESCRIPTION_BYTES = 1024 * 1024;
/** A job that ends while it is looked at makes room for another: so often that one is looked for. */
const MOST_LOOKS = 5;

/** A job that a process has, as its slot says. */
export interface SeenJob {
  /** Name of its worker's class; `undefined` where it could not be read in time. */
  readonly class: string | undefined;
  readonly jobId: string | undefined;
  readonly attempt: number;
  /** When the attempt began, since the pool did; 0 before. */
  readonly startedAt: number;
}

/** What the parent and the child say of a child. */
export interface SeenChild {
  readonly index: number;
  /** By its number in the parent's namespace; 0 where there is none. */
  readonly pid: number;
  readonly spawned: number;
  readonly spawnedAt: number;
  readonly stage: number;
  readonly isLoading: boolean;
  readonly jobs: number;
  readonly death:
    | { readonly pid: number; readonly signal: number; readonly exitCode: number; readonly at: number }
    | undefined;
}

/**
 * What a pool's segment holds, read once. The file may be anybody's, and changes while it is read: sizes are compared with
 * its length, indexes are bounded, and what is said of a job counts when its slot says the same before and after.
 */
export class PoolImage {
  readonly #fd: number;
  readonly #bytes: Buffer;
  readonly #words: Int32Array;
  readonly #doubles: Float64Array;
  readonly #placed: ReturnType<typeof placePool>;
  readonly size: PoolSegmentSize;
  /** Milliseconds since the pool was made. */
  readonly now: number;

  private constructor(fd: number, size: PoolSegmentSize, placed: ReturnType<typeof placePool>) {
    this.#fd = fd;
    this.size = size;
    this.#placed = placed;
    this.#bytes = Buffer.alloc(placed.byte.rings);
    this.#words = new Int32Array(this.#bytes.buffer, this.#bytes.byteOffset, placed.byte.rings / 4);
    this.#doubles = new Float64Array(this.#bytes.buffer, this.#bytes.byteOffset, placed.byte.rings / 8);
    if (readSync(fd, this.#bytes, 0, this.#bytes.length, 0) !== this.#bytes.length)
      throw new Error('it was cut short');
    this.now = monotonicMs() - this.#bytes.readDoubleLE(POOL_HEADER.byte.epoch);
    if (!(this.now >= 0 && this.now < Number.MAX_SAFE_INTEGER)) throw new Error('it begins in the future');
  }

  /** @throws Error saying what is wrong with it */
  static read({ fd, lengthBytes }: FoundPool): PoolImage {
    const header = new Int32Array(POOL_HEADER.lengthWords);
    const bytes = new Uint8Array(header.buffer);
    if (readSync(fd, bytes, 0, bytes.length, 0) !== bytes.length) throw new Error('it was cut short');
    const at = (name: keyof PoolSegmentSize) => header[POOL_HEADER.word[name]]! >>> 0;
    const size: PoolSegmentSize = {
      slotCount: at('slotCount'),
      orderLength: at('orderLength'),
      childCount: at('childCount'),
      claimCount: at('claimCount'),
      ringBytes: at('ringBytes'),
      arenaBytes: at('arenaBytes'),
    };
    if (size.slotCount > MOST_SLOTS || size.childCount > MOST_CHILDREN || size.claimCount > MOST_SLOTS)
      throw new Error('its table cannot be');
    const placed = placePool(size);
    if (placed.lengthBytes > lengthBytes) throw new Error(`its table does not fit ${lengthBytes} bytes`);
    return new PoolImage(fd, size, placed);
  }

  get threadId(): number {
    return this.#words[POOL_HEADER.word.threadId]!;
  }

  /** @returns 0 where there is nonsense */
  figure(name: keyof typeof POOL_FIGURES.byte): number {
    const value = this.#doubles[(this.#placed.byte.figures + POOL_FIGURES.byte[name]) / 8]!;
    return value >= 0 && value < Number.MAX_SAFE_INTEGER ? value : 0;
  }

  child(index: number): SeenChild {
    const record = this.#placed.word.processes + index * PROCESS_RECORD.lengthWords;
    const block = (this.#placed.byte.children + index * blockBytesOf(this.size)) / 4;
    const words = this.#words;
    const time = (byte: number) => this.#time(this.#doubles[record / 2 + byte / 8]!);
    const { pid, spawned, deathPid, deathSignal, deathExitCode } = PROCESS_RECORD.word;
    const deathAt = time(PROCESS_RECORD.byte.deathAt);
    return {
      index,
      pid: words[record + pid]!,
      spawned: words[record + spawned]! >>> 0,
      spawnedAt: time(PROCESS_RECORD.byte.spawnedAt),
      stage: words[block + CHILD_BLOCK.word.stage]!,
      isLoading: words[block + CHILD_BLOCK.word.loading]! !== 0,
      jobs: words[block + CHILD_BLOCK.word.jobs]! >>> 0,
      death:
        deathAt === 0
          ? undefined
          : {
              pid: words[record + deathPid]!,
              signal: words[record + deathSignal]!,
              exitCode: words[record + deathExitCode]!,
              at: deathAt,
            },
    };
  }

  /** A time of the segment, 0 where it cannot be. */
  #time(value: number): number {
    return value > 0 && value <= this.now ? value : 0;
  }

  /** Jobs that wait in slots, and since when the oldest does. */
  waitingInSlots(): { jobs: number; since: number } {
    let jobs = 0;
    let since = 0;
    for (let slot = 0; slot < this.size.slotCount; slot += 1) {
      const state = this.#words[this.#stateWord(slot)]!;
      const at = this.#placed.word.slots + slot * JOB_SLOT.lengthWords;
      if (state === SlotState.Free || state !== readyIn(this.#words[at + JOB_SLOT.word.use]!)) continue;
      jobs += Math.max(1, Math.min(this.#words[at + JOB_SLOT.word.bundle]! >>> 0, LAST_USE));
      const queuedAt = this.#time(this.#doubles[(at >> 1) + JOB_SLOT.byte.queuedAt / 8]!);
      if (queuedAt !== 0 && (since === 0 || queuedAt < since)) since = queuedAt;
    }
    return { jobs, since };
  }

  #stateWord(slot: number): number {
    return this.#placed.word.states + slot * SLOT_STATE.lengthWords;
  }

  /** The jobs of each child, by its number: the one that began first at the front. */
  running(): Map<number, SeenJob[]> {
    const running = new Map<number, SeenJob[]>();
    for (let slot = 0; slot < this.size.slotCount; slot += 1) {
      const seen = this.#seenIn(slot);
      if (seen === undefined) continue;
      const [child, job] = seen;
      running.set(child, [...(running.get(child) ?? []), job]);
    }
    for (const jobs of running.values()) jobs.sort((a, b) => a.startedAt - b.startedAt);
    return running;
  }

  /** What is run of a slot, and by which child. */
  #seenIn(slot: number): [child: number, job: SeenJob] | undefined {
    let last: [number, SeenJob] | undefined;
    for (let look = 0; look < MOST_LOOKS; look += 1) {
      const child = this.#runnerOf(slot);
      if (child === -1) return last;
      const job = this.#jobOf(slot);
      last = [child, job];
      if (job.class !== undefined && this.#isStill(slot)) return last;
      this.#readSlot(slot);
    }
    // It changes faster than it can be read: that the child runs something is sure.
    return last === undefined ? undefined : [last[0], { ...last[1], class: undefined, jobId: undefined }];
  }

  #runnerOf(slot: number): number {
    const use = this.#words[this.#placed.word.slots + slot * JOB_SLOT.lengthWords + JOB_SLOT.word.use]!;
    const child = runnerIn(this.#words[this.#stateWord(slot)]!, use);
    return child < this.size.childCount ? child : -1;
  }

  #jobOf(slot: number): SeenJob {
    const words = this.#words;
    const at = this.#placed.word.slots + slot * JOB_SLOT.lengthWords;
    const word = (name: keyof typeof JOB_SLOT.word) => words[at + JOB_SLOT.word[name]]! >>> 0;
    const state = this.#stateWord(slot);
    const turn = words[state + SLOT_STATE.word.turn]!;
    const position = word('bundle') > 0 && isTurnOf(word('use'), turn) ? turn & Turn.JobMask : 0;
    const task = this.#taskAt(word('taskAt'));
    const call = word('call') + 2 ** 32 * word('callHigh');
    const index = word('index') + 2 ** 32 * word('indexHigh') + position;
    return {
      class: task?.name,
      jobId: task && `${task.prefix}.${call}.${index}`,
      attempt: word('attempt') & JobFlag.AttemptMask,
      startedAt: this.#time(this.#doubles[(state >> 1) + SLOT_STATE.byte.startedAt / 8]!),
    };
  }

  readonly #tasks = new Map<number, { name: string; prefix: string }>();

  /** Name of the class and beginning of the ids of its jobs, as they are described in the arena. */
  #taskAt(at: number): { name: string; prefix: string } | undefined {
    const known = this.#tasks.get(at);
    if (known !== undefined) return known;
    try {
      if (at < this.#placed.byte.arena) return undefined;
      const lengthBytes = this.#read(at, 4).readUInt32LE(0);
      if (lengthBytes > MOST_DESCRIPTION_BYTES) return undefined;
      const description = unpack(this.#read(at + 4, lengthBytes), 0, lengthBytes) as Partial<TaskDescription>;
      const { exportName, module, jobIdPrefix } = description;
      if (typeof exportName !== 'string' || typeof jobIdPrefix !== 'string') return undefined;
      // A class without a name is called after its file.
      const name = exportName || String(module).split('/').at(-1)!;
      const task = { name: printable(name), prefix: printable(jobIdPrefix) };
      this.#tasks.set(at, task);
      return task;
    } catch {
      // Something else lies there by now.
      return undefined;
    }
  }

  #read(at: number, lengthBytes: number): Buffer {
    if (at + lengthBytes > this.#placed.lengthBytes) throw new Error('beyond its end');
    const bytes = Buffer.alloc(lengthBytes);
    if (readSync(this.#fd, bytes, 0, lengthBytes, at) !== lengthBytes) throw new Error('it was cut short');
    return bytes;
  }

  /** Has the slot been of the same use, in the same state, all the while? */
  #isStill(slot: number): boolean {
    const before = this.#words[this.#stateWord(slot)]!;
    const now = this.#read(4 * this.#stateWord(slot), SLOT_STATE.lengthBytes);
    return now.readInt32LE(SLOT_STATE.byte.state) === before;
  }

  #readSlot(slot: number): void {
    this.#tasks.clear();
    const state = 4 * this.#stateWord(slot);
    this.#bytes.set(this.#read(state, SLOT_STATE.lengthBytes), state);
    const at = 4 * (this.#placed.word.slots + slot * JOB_SLOT.lengthWords);
    this.#bytes.set(this.#read(at, JOB_SLOT.lengthBytes), at);
  }
}

/** A terminal must not be told what to do by a name. */
function printable(text: string): string {
  return text.slice(0, 200).replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, '?');
}
