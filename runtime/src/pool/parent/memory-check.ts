import { hasEnded } from '../../segment/has-ended.js';
import { Owner } from '../transport/job-slots.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { Bundle } from './bundle.js';
import type { Fleet } from './fleet.js';
import type { Job } from './job.js';
import type { SlotDesk } from './slot-desk.js';

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
  /** Of each slot: who has it by its state, and the child that claims it; that one where these agree. */
  readonly #owners: Int16Array;
  readonly #claimants: Int16Array;

  constructor(segment: PoolSegment, desk: SlotDesk, fleet: Fleet, effects: MemoryCheckEffects) {
    this.#desk = desk;
    this.#fleet = fleet;
    this.#effects = effects;
    this.#owners = new Int16Array(segment.size.slotCount);
    this.#claimants = new Int16Array(segment.size.slotCount);
  }

  /** Looks at every slot once, which takes some microseconds, and sets right what is wrong. */
  look(): void {
    if (this.#desk.inMemory === 0) return;
    this.#fleet.checkBlocks();
    const { slots } = this.#desk;
    const wrong = this.#wrongSlots();
    if (wrong.length === 0) return;
    const uses = wrong.map((slot) => slots.useOf(slot));
    // SYNC: a child gives up its claim when it has told of the end; what was told before a claim was missed is heard now.
    this.#effects.catchUp();
    for (const [index, slot] of wrong.entries()) {
      if (this.#effects.hasEnded()) return;
      if (slots.useOf(slot) === uses[index] && slots.ownerOf(slot) === this.#owners[slot]) this.#mend(slot);
    }
  }

  /**
   * Slots that hold something that, as it looks, nobody will take or end.
   * SYNC: states first, claims after them; a child claims a slot before it takes it.
   */
  #wrongSlots(): number[] {
    const { held, slots } = this.#desk;
    const owners = this.#owners;
    for (let slot = 0; slot < held.length; slot += 1)
      if (held[slot] !== undefined) owners[slot] = slots.ownerOf(slot);
    this.#readClaims();
    const wrong: number[] = [];
    for (let slot = 0; slot < held.length; slot += 1) {
      if (held[slot] === undefined) continue;
      const isWrong =
        owners[slot] === Owner.None ? slots.isSkipped(slot) : owners[slot] !== this.#claimants[slot];
      if (isWrong) wrong.push(slot);
    }
    return wrong;
  }

  #readClaims(): void {
    this.#claimants.fill(Owner.None);
    for (const child of this.#fleet.children) {
      if (child === undefined) continue;
      for (const slot of this.#fleet.claimsOf(child.index))
        if (this.#claimants[slot] === Owner.None || this.#owners[slot] === child.index)
          this.#claimants[slot] = child.index;
    }
  }

  #mend(slot: number): void {
    const { held, slots, bundles } = this.#desk;
    const lies = held[slot];
    if (lies === undefined) return;
    const claimant = this.#claimants[slot]!;
    if (this.#owners[slot] === Owner.None) {
      if (!slots.withdraw(slot)) return;
    } else if (claimant !== Owner.None) return this.#restore(slot, claimant);
    // What it has told may have gone with it: its death, which is heard of soon, tells what becomes of the job.
    else if (this.#isDying(this.#owners[slot]!)) return;
    if (!(lies instanceof Bundle)) return this.#effects.lose(lies);
    const { last } = lies;
    for (const job of bundles.dissolve(lies)) this.#effects.lose(job);
    if (last !== undefined) this.#effects.lose(last);
  }

  /** Has the child ended, and is its end yet to be told? */
  #isDying(child: number): boolean {
    const process = this.#fleet.children[child];
    return process !== undefined && (!process.isAlive || hasEnded(process.pid));
  }

  /** Says again who runs it. */
  #restore(slot: number, child: number): void {
    this.#desk.slots.setRunner(slot, child);
    const job = this.#desk.jobIn(slot);
    if (job?.answered) this.#effects.end(job, child);
  }
}
