import type { ChildSupervisor } from '../processes/child-supervisor.js';
import type { SlotAllocator } from './slot-allocator.js';

/** A child is woken for this much work, in milliseconds, where jobs are small. */
const WAKE_WORTH_MS = 0.5;
const MOST_JOBS_PER_WAKE = 256;
/** An answer that comes within this time is worth looking out for, in milliseconds. */
const QUICK_MS = 0.2;

/** Decides when children that sleep are woken, from how long jobs run of late. */
export class WakePolicy {
  readonly #allocator: SlotAllocator;
  readonly #supervisor: ChildSupervisor;
  /** How long jobs run of late; long, until one has told. */
  #runMs = 1;
  /** How far the lines of jobs were when it was looked whether somebody takes them; and at the heartbeat before. */
  #takenBefore = -1;
  #takenAtBeat = -1;

  constructor(allocator: SlotAllocator, supervisor: ChildSupervisor) {
    this.#allocator = allocator;
    this.#supervisor = supervisor;
  }

  /** One job that took long because its process had to wait for a processor says nothing about the others. */
  noteRun(ms: number): void {
    this.#runMs += (Math.min(ms, 4 * this.#runMs + 0.001) - this.#runMs) / 8;
  }

  /** Is an answer likely to come at once? */
  get isQuick(): boolean {
    return this.#runMs < QUICK_MS;
  }

  /** How many jobs are worth a doorbell. */
  get jobsPerWake(): number {
    return Math.max(1, Math.min(MOST_JOBS_PER_WAKE, Math.floor(WAKE_WORTH_MS / this.#runMs)));
  }

  /** So many jobs were placed: rings children that sleep where that is worth a doorbell. */
  wake(placed: number): void {
    const waiting = this.#allocator.slots.waiting * this.#allocator.jobsPerSlot;
    this.#supervisor.wakeUps.wake(placed, waiting, this.jobsPerWake, this.#runMs);
  }

  /** Do jobs wait while children sleep, because one doorbell was to do for many, or its ringer was lost? */
  isHeldUp(): boolean {
    return this.#allocator.slots.hasWaiting() && this.#supervisor.wakeUps.hasSleeper();
  }

  /** A child is dead that may have been rung for a job, or have been looking for one. */
  wakeAfterDeath(): void {
    if (this.#allocator.slots.hasWaiting()) this.#supervisor.wakeUps.wakeMore();
  }

  /** Jobs of which nobody has taken any from one heartbeat to the next: what children have said of their sleep is not believed. */
  wakeUnheard(): void {
    const { taken } = this.#allocator.slots;
    if (this.#allocator.slots.hasWaiting() && taken === this.#takenAtBeat) this.#supervisor.wakeUps.ringAll();
    this.#takenAtBeat = taken;
  }

  /** Jobs that wait although children sleep: others are woken where nobody takes any. */
  wakeForWaiting(): void {
    const { taken, waiting } = this.#allocator.slots;
    if (waiting > 0 && taken === this.#takenBefore) this.#supervisor.wakeUps.wakeMore();
    else if (waiting > 0) this.wake(Math.ceil(waiting * this.#allocator.jobsPerSlot));
    this.#takenBefore = taken;
  }
}
