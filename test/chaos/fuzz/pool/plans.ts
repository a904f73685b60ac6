import { SharedArray } from 'mproc-worker';
import type { Random } from '../random.js';
import type { JobArgs, JobKind, JobPlan } from './job.js';
import { arrayValues, fill, smallValue } from './job-values.js';
import { crashes, type RoundSettings } from './settings.js';

const LONGEST_ARRAY = 5_000;

/** Draws jobs, and makes their arguments. */
export class Plans {
  readonly all: JobPlan[] = [];
  readonly #arrays: SharedArray[] = [];
  /** What a round may cost in all, so that it does not take minutes. */
  #bytesLeft = 40_000_000;
  #msLeft = 3_000;
  #crashesLeft = 20;

  constructor(
    readonly random: Random,
    readonly settings: RoundSettings,
    readonly firstId: number,
    /** Something that a getter of an argument does. */
    readonly inside: (where: string) => void,
  ) {}

  get isUsedUp(): boolean {
    return this.all.length >= this.settings.mostJobs;
  }

  draw(): JobPlan {
    const id = this.firstId + this.all.length;
    const random = this.random.derive(id);
    const plan: JobPlan = {
      id,
      kind: this.#kindOf(random),
      ms: this.#msOf(random),
      lengthBytes: this.#lengthOf(random),
      succeedsAt: random.between(1, 4),
      reports: random.pick([1, 2, 20, 300]),
      journaled: !this.settings.isQuick && random.chance(0.4),
    };
    this.all.push(plan);
    return plan;
  }

  #kindOf(random: Random): JobKind {
    const kind = random.weighted(this.settings.kinds);
    if (!crashes(kind)) return kind;
    this.#crashesLeft -= 1;
    return this.#crashesLeft < 0 ? 'echo' : kind;
  }

  #msOf(random: Random): number {
    const drawn = random.chance(0.05) ? random.between(50, 400) : random.between(0, 12);
    if (drawn > this.#msLeft) return 0;
    this.#msLeft -= drawn;
    return drawn;
  }

  /** From nothing to the largest, each order of magnitude as often. */
  #lengthOf(random: Random): number {
    const { largestBytes } = this.settings;
    const drawn = Math.floor(largestBytes ** random.next());
    if (drawn > this.#bytesLeft) return 8;
    this.#bytesLeft -= drawn;
    return drawn;
  }

  argsOf(plan: JobPlan): JobArgs {
    const { id, kind, lengthBytes } = plan;
    switch (kind) {
      case 'echo':
        return { ...plan, value: smallValue(id) };
      case 'bigIn':
        return { ...plan, bytes: fill(lengthBytes, id) };
      case 'array':
      case 'closedArray':
        return { ...plan, array: this.#arrayOf(id, kind === 'closedArray') };
      case 'unsendableArgs':
        return { ...plan, value: { list: [1, { fn() {} }] } };
      case 'throwingGetter':
        return this.#withGetter(plan);
      default:
        return plan;
    }
  }

  #withGetter(plan: JobPlan): JobArgs {
    const { inside } = this;
    return {
      ...plan,
      get value() {
        inside('getter');
        throw new Error(`getter ${plan.id}`);
      },
    };
  }

  #arrayOf(id: number, closesSoon: boolean): SharedArray {
    const values = arrayValues(id, 1 + (id % LONGEST_ARRAY));
    const array = SharedArray.from('Int32Array', values);
    this.#arrays.push(array);
    if (closesSoon) setTimeout(() => array.close(), id % 30);
    return array;
  }

  closeArrays(): void {
    for (const array of this.#arrays) array.close();
  }
}
