/** Found this often in a row, it is believed to go on. */
const MOST = 16;
/** One look in vain takes away what so many good ones brought. */
const MISS = 4;
/** Without credit it is tried again once in so many times: a short sleep costs more than a spin, and no machine stays busy. */
const TRY_AGAIN = 6;
/** What a good look is worth that was such a trial: two more may be in vain before it is believed to be luck. */
const REGAINED = 8;

/**
 * Whether looking around for a moment is worth its time. Where both sides have a processor, what they wait for comes
 * within microseconds; where other programs want the processors, each takes from the other the time that it waits for.
 */
export class SpinCredit {
  #credit = MOST;
  #refused = 0;

  isWorthwhile(): boolean {
    if (this.#credit > 0) return true;
    this.#refused += 1;
    if (this.#refused < TRY_AGAIN) return false;
    this.#refused = 0;
    return true;
  }

  found(): void {
    this.#credit = this.#credit === 0 ? REGAINED : Math.min(MOST, this.#credit + 1);
  }

  missed(): void {
    this.#credit = Math.max(0, this.#credit - MISS);
  }
}
