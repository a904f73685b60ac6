import type { PoolSegment } from '../transport/pool-segment.js';
import { Bundle } from './bundle.js';
import type { Fleet } from './fleet.js';
import type { Job } from './job.js';
import type { SlotDesk } from './slot-desk.js';

const NOBODY = -1;

export interface MemoryCheckEffects {
  /** Hears all that the children have told by now. */
  catchUp(): void;
  hasEnded(): boolean;
  /** Nobody runs the job, though nobody has ended it. */
  lose(job: Job): void;
  /** Asks a running job to end that was answered meanwhile. */
  end(job: Job, child: number): void;
}

/**
 * Finds what a stray write has done to the words that all children can write: a job whose state says that nobody may take
 * it, or that a child runs it that does not. What children claim lies in pages of their own and tells who runs what.
 */
export class MemoryCheck {
  readonly #desk: SlotDesk;
  readonly #fleet: Fleet;
  readonly #effects: MemoryCheckEffects;
  /** Of each slot: the child that claims it, the one that its state names if that one does. */
  readonly #claimants: Int16Array;

  constructor(segment: PoolSegment, desk: SlotDesk, fleet: Fleet, effects: MemoryCheckEffects) {
    this.#desk = desk;
    this.#fleet = fleet;
    this.#effects = effects;
    this.#claimants = new Int16Array(segment.size.slotCount);
  }

  /** Looks at every slot once, which takes some microseconds, and sets right what is wrong. */
  look(): void {
    if (this.#desk.inMemory === 0) return;
    this.#fleet.checkBlocks();
    if (this.#wrongSlots().length === 0) return;
    // A child gives up its claim when it has told of the end: what it has told comes first.
    this.#effects.catchUp();
    if (this.#effects.hasEnded()) return;
    for (const slot of this.#wrongSlots()) {
      this.#mend(slot);
      if (this.#effects.hasEnded()) return;
    }
  }

  #wrongSlots(): number[] {
    const { held, slots } = this.#desk;
    this.#readClaims();
    const wrong: number[] = [];
    for (let slot = 0; slot < held.length; slot += 1) {
      if (held[slot] === undefined) continue;
      const runner = slots.runnerOf(slot);
      const isRight =
        runner === NOBODY ? slots.isReady(slot) && !slots.isSkipped(slot) : this.#claimants[slot] === runner;
      if (!isRight) wrong.push(slot);
    }
    return wrong;
  }

  #readClaims(): void {
    const { slots } = this.#desk;
    this.#claimants.fill(NOBODY);
    for (const child of this.#fleet.children) {
      if (child === undefined) continue;
      for (const slot of this.#fleet.claimsOf(child.index))
        if (this.#claimants[slot] === NOBODY || slots.runnerOf(slot) === child.index)
          this.#claimants[slot] = child.index;
    }
  }

  #mend(slot: number): void {
    const { held, slots, bundles } = this.#desk;
    const lies = held[slot];
    if (lies === undefined) return;
    const claimant = this.#claimants[slot]!;
    if (slots.isReady(slot)) {
      if (!slots.withdraw(slot)) return;
    } else if (claimant !== NOBODY) return this.#restore(slot, claimant);
    if (!(lies instanceof Bundle)) return this.#effects.lose(lies);
    const { last } = lies;
    for (const job of bundles.dissolve(lies)) this.#effects.lose(job);
    if (last !== undefined) this.#effects.lose(last);
  }

  /** Says again who runs it. */
  #restore(slot: number, child: number): void {
    this.#desk.slots.setRunner(slot, child);
    const job = this.#desk.jobIn(slot);
    if (job?.answered) this.#effects.end(job, child);
  }
}
