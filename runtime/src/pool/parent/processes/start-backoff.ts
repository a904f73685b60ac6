import { errnoOf, lackOf, SystemError } from '../../../errors/system-error.js';

/** The pause after the first try that failed, and at most, in milliseconds; it is doubled each time. */
const FIRST_PAUSE_MS = 100;
const LONGEST_PAUSE_MS = 2_000;
/** Tries in a row before calls are told, where it may work again by itself: for 0.7 s. */
const TRIES = 4;
/** To try again changes nothing of this one, though it tells of a lack. */
const LASTING = 'E2BIG';

/** When to try again to make a process after the system has refused one, and when to tell so those who wait for it. */
export class StartBackoff {
  #failures = 0;

  get hasFailed(): boolean {
    return this.#failures > 0;
  }

  /** @returns how long to wait, in milliseconds */
  failed(): number {
    this.#failures += 1;
    return Math.min(FIRST_PAUSE_MS * 2 ** (this.#failures - 1), LONGEST_PAUSE_MS);
  }

  succeeded(): void {
    this.#failures = 0;
  }

  isHopeless(failure: Error): boolean {
    const errno = failure instanceof SystemError ? failure.errno : errnoOf(failure);
    const mayPass = errno === 'EINTR' || (errno !== LASTING && lackOf(errno ?? '') !== undefined);
    return !mayPass || this.#failures >= TRIES;
  }
}
