import { monotonicMs } from '../../../clock/monotonic-ms.js';
import { usableProcessors } from '../../../limits/limits.js';
import { Sleep } from '../../protocol.js';
import { POOL_HEADER } from '../../transport/layout.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import type { ChildBlocks } from './child-blocks.js';
import type { ForkedProcess } from './child-process.js';

/** What a job costs this process, and a child beside the job itself, in milliseconds: about, on today's machines. */
const PARENT_MS_PER_JOB = 0.000_4;
const CHILD_MS_PER_JOB = 0.000_4;
/** A child that has told something within this time is believed to go on so, in milliseconds. */
const AT_WORK_MS = 1;
/** The same of one that was rung, which has to come to a processor first. */
const WAKING_MS = 4;

/** Wakes children that sleep. */
export class WakeUps {
  readonly #segment: PoolSegment;
  readonly #blocks: ChildBlocks;
  readonly #children: readonly (ForkedProcess | undefined)[];
  /** How many do the work; others are kept ready. */
  readonly #processes: number;
  readonly #processors = usableProcessors();
  /** Until when each child is believed to be at jobs, or about to be, by `monotonicMs`. */
  readonly #atWorkUntil: Float64Array;
  /** A child that looked for jobs was to take one, and for all that is known it has not. */
  #isCountedOn = false;
  /** How many children are to be at jobs at once. */
  takers: number;

  constructor(
    segment: PoolSegment,
    blocks: ChildBlocks,
    children: readonly (ForkedProcess | undefined)[],
    processes: number,
  ) {
    this.#segment = segment;
    this.#blocks = blocks;
    this.#children = children;
    this.#processes = processes;
    this.#atWorkUntil = new Float64Array(children.length).fill(Number.NEGATIVE_INFINITY);
    this.takers = processes;
    Atomics.store(segment.words, POOL_HEADER.word.takers, processes);
  }

  /**
   * Wakes children for jobs that were placed. Where jobs are small, a doorbell costs as much as some dozens of them, and a
   * child that is at them already will have them done before another has woken up: then what waits must be worth it.
   * @param runMs how long jobs take of late
   */
  wake(placed: number, waiting: number, jobsPerWake: number, runMs: number): void {
    const most = jobsPerWake === 1 ? this.#processes : mostAtWork(runMs, this.#processors);
    // A store takes the word away from the children, who look at it before each job.
    if (most !== this.takers) Atomics.store(this.#segment.words, POOL_HEADER.word.takers, most);
    this.takers = most;
    if (jobsPerWake === 1) this.#wake(this.#sleepersFor(placed, waiting));
    else this.#wake(Math.min(Math.ceil(waiting / jobsPerWake), most) - this.#atWork());
  }

  /**
   * How many children that sleep are to be rung for these jobs. One that looks for jobs takes one of them, where it is not on
   * its way to another. test/runtime/model/pool-model.ts has every order in which this can go.
   */
  #sleepersFor(placed: number, waiting: number): number {
    // SYNC: the jobs were published before this load; a child looks once more after it has ceased to be the spinner.
    const spinner = this.#blocks.spinner;
    const areAlone = waiting <= placed;
    const wasCountedOn = this.#isCountedOn;
    this.#isCountedOn = areAlone && this.#children[spinner]?.isAlive === true;
    if (this.#isCountedOn) return placed - 1;
    // Who was counted on may have said by now that it sleeps, and is about to look once more: it takes a doorbell meant for another.
    return wasCountedOn && !areAlone ? placed + 1 : placed;
  }

  /** Children that look for jobs, or are awake and were rung or have told something just now: not those in a long job. */
  #atWork(): number {
    const now = monotonicMs();
    const { spinner } = this.#blocks;
    let count = 0;
    for (let index = 0; index < this.#children.length; index += 1)
      if (this.#children[index]?.isAlive !== true) continue;
      else if (
        index === spinner ||
        (this.#atWorkUntil[index]! > now && this.#blocks.sleepOf(index) === Sleep.Awake)
      )
        count += 1;
    return count;
  }

  /** The child has told something. */
  heard(index: number): void {
    this.#atWorkUntil[index] = monotonicMs() + AT_WORK_MS;
  }

  /** Wakes some that sleep, whoever else is about to look: more would have no processor. */
  wakeMore(): void {
    this.#wake(this.#processors);
  }

  hasSleeper(): boolean {
    return this.#children.some((child) => child?.isAlive && waitsForWork(this.#blocks.sleepOf(child.index)));
  }

  /** Does the child live, and will it look for what it has told before it sleeps? */
  isAwake(index: number): boolean {
    return this.#children[index]?.isAlive === true && this.#blocks.sleepOf(index) === Sleep.Awake;
  }

  #wake(wanted: number): void {
    // Who sleeps briefly is woken at less cost, and is at work sooner.
    let left = wanted;
    for (let index = 0; left > 0 && index < this.#children.length; index += 1)
      if (this.#wakeOf(index, Sleep.Briefly)) left -= 1;
    for (let index = 0; left > 0 && index < this.#children.length; index += 1)
      if (this.#wakeOf(index, Sleep.ForWork)) left -= 1;
  }

  /** `false` when the child does not sleep so, or cannot be woken. */
  #wakeOf(index: number, sleep: number): boolean {
    const { words, memory } = this.#segment;
    const child = this.#children[index];
    const asleep = this.#blocks.sleepWordOf(index);
    if (!child?.isAlive || Atomics.load(words, asleep) !== sleep) return false;
    if (Atomics.compareExchange(words, asleep, sleep, Sleep.Awake) !== sleep) return false;
    if (sleep === Sleep.Briefly) memory.wakeOnWord(asleep);
    else if (!child.ring()) {
      // It sleeps on. If something else wakes it meanwhile, it is rung in vain at most.
      Atomics.compareExchange(words, asleep, Sleep.Awake, sleep);
      return false;
    }
    this.#atWorkUntil[index] = monotonicMs() + WAKING_MS;
    return true;
  }

  /** Rings children that found no room for a result, as there is room again. */
  wakeStuck(index: number): void {
    const asleep = this.#blocks.sleepWordOf(index);
    const { words } = this.#segment;
    // SYNC: the room was given back before this look; a child says that it is stuck before it looks for room again.
    if (Atomics.load(words, asleep) !== Sleep.ForRoom) return;
    if (Atomics.compareExchange(words, asleep, Sleep.ForRoom, Sleep.Awake) !== Sleep.ForRoom) return;
    if (this.#children[index]?.ring() === false)
      Atomics.compareExchange(words, asleep, Sleep.Awake, Sleep.ForRoom);
  }

  /** Wakes all, whatever they have said: a doorbell may have failed, or its ringer may have been stopped. */
  ringAll(): void {
    for (const child of this.#children) child?.ring();
  }

  /** Wakes a child whatever it does, so that it looks at what it is asked. */
  ringOne(index: number): void {
    this.#children[index]?.ring();
  }
}

/**
 * How many children can be at small jobs at once. More than this parent can serve would wait for it, and more than the
 * processors have room for beside it would take the time that it needs to serve them.
 */
function mostAtWork(runMs: number, processors: number): number {
  const jobMs = runMs + CHILD_MS_PER_JOB;
  const served = Math.ceil(jobMs / PARENT_MS_PER_JOB);
  const beside = Math.round(processors / (1 + PARENT_MS_PER_JOB / jobMs));
  return Math.max(1, Math.min(served, beside));
}

function waitsForWork(sleep: number): boolean {
  return sleep === Sleep.ForWork || sleep === Sleep.Briefly;
}
