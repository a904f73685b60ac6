import { hasExited } from '../../../segment/has-exited.js';
import type { Job } from '../../jobs/job.js';
import { Owner } from '../../transport/job-slots.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import type { ChildSupervisor } from '../processes/child-supervisor.js';
import { Bundle } from './bundle.js';
import type { SlotAllocator } from './slot-allocator.js';

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
  readonly #allocator: SlotAllocator;
  readonly #supervisor: ChildSupervisor;
  readonly #effects: MemoryCheckEffects;
  /** Of each slot: who has it by its state, and the child that claims it; that one where these agree. */
  readonly #owners: Int16Array;
  readonly #claimants: Int16Array;

  constructor(
    segment: PoolSegment,
    allocator: SlotAllocator,
    supervisor: ChildSupervisor,
    effects: MemoryCheckEffects,
  ) {
    this.#allocator = allocator;
    this.#supervisor = supervisor;
    this.#effects = effects;
    this.#owners = new Int16Array(segment.size.slotCount);
    this.#claimants = new Int16Array(segment.size.slotCount);
  }

  /** Looks at every slot once, which takes some microseconds, and sets right what is wrong. */
  look(): void {
    if (this.#allocator.inMemory === 0) return;
    this.#supervisor.checkBlocks();
    const { slots } = this.#allocator;
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
    const { held, slots } = this.#allocator;
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
    for (const child of this.#supervisor.children) {
      if (child === undefined) continue;
      for (const slot of this.#supervisor.blocks.claimsOf(child.index))
        if (this.#claimants[slot] === Owner.None || this.#owners[slot] === child.index)
          this.#claimants[slot] = child.index;
    }
  }

  #mend(slot: number): void {
    const { held, slots, bundles } = this.#allocator;
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
    const process = this.#supervisor.children[child];
    return process !== undefined && (!process.isAlive || hasExited(process.pid));
  }

  /** Says again who runs it. */
  #restore(slot: number, child: number): void {
    this.#allocator.slots.setRunner(slot, child);
    const job = this.#allocator.jobIn(slot);
    if (job?.answered) this.#effects.end(job, child);
  }
}
