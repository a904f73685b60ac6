import { monotonicMs } from '../../clock/monotonic-ms.js';
import { delay, nextTurn } from '../../clock/timers.js';
import { MprocError } from '../../errors/errors.js';
import { HEADER } from './layout.js';
import { type Participant, participantLiveness, participantPid } from './participants.js';
import type { QueueSegment } from './queue-segment.js';

const LOCK = HEADER.word.lock;
const OWNER_MASK = 0xfff;
const ONE_ACQUISITION = 0x1000;
const SPINS = 400;
const MAX_PAUSE_MS = 4;
/** What was seen of an owner is old after so many milliseconds. */
const FRESH_MS = 250;

/**
 * The lock of a queue: a word that names its owner.
 *
 * - uncontended, taking it is one compare-and-swap
 * - who waits sleeps in the event loop, and gives up after a while with `ERR_LOCK_TIMEOUT`
 * - a dead owner's lock is taken over; whoever does has to repair the queue
 */
export class QueueLock {
  readonly #segment: QueueSegment;
  #mine = 0;

  constructor(segment: QueueSegment) {
    this.#segment = segment;
  }

  /**
   * Tries to take the lock, without waiting.
   * @param tries how often it was tried before; from 2 on it also looks whether the owner is dead
   * @returns `'taken-over'` when it was a dead owner's, so that the queue needs a repair
   */
  tryEnter(me: Participant, tries: number): 'entered' | 'taken-over' | 'held' {
    for (let left = SPINS; left > 0; left -= 1) if (this.#tryAcquire(me)) return 'entered';
    return tries >= 2 && this.#tryTakeOver(me) ? 'taken-over' : 'held';
  }

  /**
   * Sleeps between two tries, a little longer each time.
   * @throws MprocError `ERR_LOCK_TIMEOUT` when it has waited since `sinceMs` for `timeoutMs`
   */
  async pause(tries: number, sinceMs: number, timeoutMs: number): Promise<void> {
    if (tries < 2) return nextTurn();
    if (monotonicMs() - sinceMs > timeoutMs) throw this.#timeout(timeoutMs);
    return delay(Math.min(tries - 1, MAX_PAUSE_MS));
  }

  #tryAcquire(me: Participant): boolean {
    const word = Atomics.load(this.#segment.words, LOCK);
    return (word & OWNER_MASK) === 0 && this.#swap(word, me);
  }

  release(): void {
    const free = this.#mine & ~OWNER_MASK;
    // SYNC: publishes all that was done under the lock; pairs with the swap of the next owner.
    const found = Atomics.compareExchange(this.#segment.words, LOCK, this.#mine, free);
    if (found !== this.#mine) throw this.#segment.damage('the lock was written while it was held');
  }

  #tryTakeOver(me: Participant): boolean {
    const seenAtMs = monotonicMs();
    const word = Atomics.load(this.#segment.words, LOCK);
    const owner = (word & OWNER_MASK) - 1;
    if (owner < 0) return false;
    // Nobody of this connection is inside, or this code would not run: a lock in its own name is damage.
    if (owner !== me.index && participantLiveness(this.#segment, owner) !== 'dead') return false;
    // The count comes round after 2^20 acquisitions, of which each takes a microsecond at least. Who was stopped in between
    // may see the word of a dead owner again that is a living one's by now.
    if (monotonicMs() - seenAtMs > FRESH_MS) return false;
    return this.#swap(word, me);
  }

  #swap(word: number, me: Participant): boolean {
    const mine = ((word & ~OWNER_MASK) + ONE_ACQUISITION) | 0 | (me.index + 1);
    if (Atomics.compareExchange(this.#segment.words, LOCK, word, mine) !== word) return false;
    this.#mine = mine;
    return true;
  }

  #timeout(timeoutMs: number): MprocError {
    const owner = (Atomics.load(this.#segment.words, LOCK) & OWNER_MASK) - 1;
    const liveness = participantLiveness(this.#segment, owner);
    const pid = liveness === 'dead' ? 0 : participantPid(this.#segment, owner);
    return new MprocError(
      'ERR_LOCK_TIMEOUT',
      `queue ${this.#segment.name}: process ${pid} (${liveness}) has held it for ${timeoutMs} ms; let it continue (kill -CONT ${pid}) or end it`,
    );
  }
}
