import type { Job } from '../../jobs/job.js';
import type { SlotAllocator } from '../placing/slot-allocator.js';
import type { ChildSupervisor } from '../processes/child-supervisor.js';

/**
 * How long a process that is kept for a job may take to end what it runs before it takes other jobs again for a while, in
 * milliseconds; twice as long each time. Those that it runs may wait for what others do.
 */
const DRAIN_TIMEOUT_MS = 1_000;
const REST_MS = 250;

export interface IsolationEffects {
  now(): number;
  /** Puts a job into a slot, in no lane. `false` when there is no room. */
  place(job: Job): boolean;
  /** Gives the job's slot back; what it needs to be placed again is kept. */
  takeBack(job: Job): void;
}

/** A process that is kept for a job. */
interface Reservation {
  readonly job: Job;
  readonly child: number;
  readonly since: number;
}

/**
 * Jobs beside which nothing else runs. Each gets a process that is kept for it: the process ends what it runs, takes the
 * job, and takes others only when that has ended.
 */
export class Isolation {
  readonly #allocator: SlotAllocator;
  readonly #supervisor: ChildSupervisor;
  readonly #effects: IsolationEffects;
  #waiting: Job[] = [];
  #reservations: Reservation[] = [];
  #drainTimeoutMs = DRAIN_TIMEOUT_MS;
  #restsUntil = 0;

  constructor(allocator: SlotAllocator, supervisor: ChildSupervisor, effects: IsolationEffects) {
    this.#allocator = allocator;
    this.#supervisor = supervisor;
    this.#effects = effects;
  }

  get waiting(): number {
    return this.#waiting.length;
  }

  add(job: Job): void {
    this.#waiting.push(job);
  }

  /** Lets go of processes that are not needed, and keeps some for jobs that wait. */
  settle(): void {
    if (this.#reservations.length === 0 && this.#waiting.length === 0) return;
    const now = this.#effects.now();
    this.#waiting = this.#waiting.filter((job) => !job.answered && job.slot === -1);
    const running = this.#allocator.runningUnder(this.#supervisor.children.length);
    this.#reservations = this.#reservations.filter((reservation) =>
      this.#isStillNeeded(reservation, running, now),
    );
    // Where nothing runs nothing waits for others, and nothing would end this rest.
    if (now < this.#restsUntil && running.some((jobs) => jobs > 0)) return;
    while (this.#waiting.length > 0) {
      const child = this.#leastBusy(running);
      if (child === -1 || !this.#effects.place(this.#waiting[0]!)) return;
      const job = this.#waiting.shift()!;
      // One that cannot be sent has its answer.
      if (job.slot !== -1) this.#reserve({ job, child, since: now });
    }
  }

  #reserve(reservation: Reservation): void {
    this.#reservations.push(reservation);
    this.#supervisor.reserve(reservation.child, reservation.job.slot);
  }

  #isStillNeeded({ job, child, since }: Reservation, running: Int32Array, now: number): boolean {
    const { slots } = this.#allocator;
    if (job.slot !== -1 && slots.runnerOf(job.slot) === child) {
      this.#drainTimeoutMs = DRAIN_TIMEOUT_MS;
      return true;
    }
    if (job.slot !== -1 && !this.#isBetterElsewhere(child, since, running, now)) return true;
    // The process may have taken it in this moment.
    if (job.slot !== -1 && !slots.withdraw(job.slot)) return true;
    this.#supervisor.unreserve(child);
    if (job.slot === -1) return false;
    this.#effects.takeBack(job);
    this.#waiting.unshift(job);
    return false;
  }

  /** The process has died and a spare does its work, or has other jobs, and another one has none, or these take too long. */
  #isBetterElsewhere(child: number, since: number, running: Int32Array, now: number): boolean {
    if (this.#supervisor.isSpare(child)) return true;
    if (running[child] === 0) return false;
    const other = this.#leastBusy(running);
    if (other !== -1 && running[other] === 0) return true;
    if (now - since < this.#drainTimeoutMs) return false;
    this.#drainTimeoutMs *= 2;
    this.#restsUntil = now + REST_MS;
    return true;
  }

  /** Of the processes that are kept for no job the one that runs the fewest; -1 where all are kept. */
  #leastBusy(running: Int32Array): number {
    let least = -1;
    for (let child = 0; child < running.length; child += 1) {
      if (this.#supervisor.isSpare(child)) continue;
      if (this.#reservations.some((reservation) => reservation.child === child)) continue;
      if (least === -1 || running[child]! < running[least]!) least = child;
    }
    return least;
  }

  /** Those that have no process, taken out. */
  clear(): Job[] {
    return this.#waiting.splice(0);
  }
}
