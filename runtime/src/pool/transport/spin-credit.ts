/** Found this often in a row, it is believed to go on. */
const MOST = 16;
/** One look in vain takes away what so many good ones brought. */
const MISS = 8;
/** Without credit it is tried again after so many times; after each trial in vain, twice as many. */
const FIRST_PAUSE = 8;
const LONGEST_PAUSE = 256;
/** What a good look is worth that was such a trial: one in vain, and it is believed to be luck. */
const REGAINED = 4;

/**
 * Whether looking around for a moment is worth its time. Where both sides have a processor, what they wait for comes
 * within microseconds; where other programs want the processors, each takes from the other the time that it waits for, and
 * from itself the favour that the system shows to who has slept.
 */
export class SpinCredit {
  #credit = MOST;
  #refused = 0;
  #pause = FIRST_PAUSE;

  isWorthwhile(): boolean {
    if (this.#credit > 0) return true;
    this.#refused += 1;
    if (this.#refused < this.#pause) return false;
    this.#refused = 0;
    return true;
  }

  found(): void {
    this.#pause = FIRST_PAUSE;
    this.#credit = this.#credit === 0 ? REGAINED : Math.min(MOST, this.#credit + 1);
  }

  missed(): void {
    if (this.#credit === 0) this.#pause = Math.min(LONGEST_PAUSE, 2 * this.#pause);
    this.#credit = Math.max(0, this.#credit - MISS);
  }
}
