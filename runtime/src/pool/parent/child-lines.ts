import { libc } from '../../segment/libc.js';
import { Lifeline } from './lifeline.js';

/** The descriptors that a child is to be made with: a bell's two ends, and a lifeline where the system has such a thing. */
export class ChildLines {
  readonly lifeline: Lifeline | undefined;
  readonly bell: number;
  readonly #theirBell: number;
  #isGiven = false;

  /** @throws MprocError `ERR_SYSTEM` */
  constructor() {
    this.lifeline = Lifeline.make();
    try {
      [this.bell, this.#theirBell] = libc().socketPair();
    } catch (error) {
      this.lifeline?.tie(undefined);
      this.lifeline?.close();
      throw error;
    }
  }

  /** What the child gets, by its `CHILD_FD`. */
  get theirs(): [number, number | 'ignore'] {
    return [this.#theirBell, this.lifeline?.theirs ?? 'ignore'];
  }

  /** The child has its own copies, if there is one. */
  give(pid: number | undefined): void {
    if (this.#isGiven) return;
    this.#isGiven = true;
    this.lifeline?.tie(pid);
    libc().close(this.#theirBell);
  }

  /** There is no child, or none that can be heard: nothing of them stays. The bell's end is closed once something else has it. */
  discard(): void {
    this.give(undefined);
    this.lifeline?.close();
    libc().close(this.bell);
  }
}
