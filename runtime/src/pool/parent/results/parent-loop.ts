import { monotonicMs } from '../../../clock/monotonic-ms.js';
import {
  clearTimeout,
  LONGEST_TIMER_MS,
  queueMicrotask,
  setImmediate,
  setTimeout,
} from '../../../clock/timers.js';
import { futex } from '../../../segment/futex.js';
import { ParentSleep } from '../../protocol.js';
import { POOL_HEADER, SHARED_WORDS } from '../../transport/layout.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import { SpinCredit } from '../../transport/spin-credit.js';

/** How long to look for results before sleeping, in milliseconds. */
const SPIN_MS = 0.1;
/**
 * How long to sleep on a word of shared memory, where the event loop has no turn meanwhile, in milliseconds: longer than it takes
 * to wake a process and to run what is quick there.
 */
const REST_MS = 0.2;
/** How long rests may follow each other before the event loop has its turn, in milliseconds. */
const TURN_MS = 0.5;
/** Records of one child that are read before others, and other work of this process, have their turn. */
const RECORDS_A_TURN = 1024;
/** While children may hold results back to ring once for many, look by itself this often, in milliseconds. */
const LOOK_MS = 4;
/** The same where jobs take their time, and some may wait behind another. */
const SELDOM_LOOK_MS = 20;
/** The same where none does: each look takes a processor from a job. */
const RARE_LOOK_MS = 50;
/** While jobs lie in shared memory, look this often, in case whoever should have rung was stopped before it could. */
const HEARTBEAT_MS = 1_000;

export interface LoopWork {
  /** Reads results, at most so many of each child; returns how many there were. */
  collect(most: number): number;
  /** Results of one child that can be read, about: 0 where there are none. */
  unread(): number;
  /** Is each child awake that has told something which was not read? It rings before it sleeps. */
  willBeRung(): boolean;
  pump(): void;
  /** A turn is over. */
  turned(): void;
  /** Jobs that lie in shared memory. */
  inMemory(): number;
  /** Do jobs wait while children sleep, because one doorbell was to do for many, or its ringer was lost? */
  isHeldUp(): boolean;
  /** Rings children for the jobs that wait. */
  wakeForWaiting(): void;
  /** Looks whether what lies in shared memory can be. */
  checkMemory(): void;
  /** Rings all children where jobs wait and nobody has taken one for a heartbeat. */
  wakeUnheard(): void;
  /** May jobs wait behind one that takes its time, or others stand back for who is at it? */
  mayStall(): boolean;
  /** Lets others run what waits so. */
  unstall(): void;
  /** Is the answer to what is in memory likely to come at once? */
  isQuick(): boolean;
  /** Does nobody wait for a single answer, but for the last of many? */
  isPatient(): boolean;
  readonly processes: number;
  /** How many of them are to be at jobs at once. */
  takers(): number;
}

/**
 * When the parent works and when it sleeps: it works when a child rings, looks around for a moment where an answer is
 * about to come, and sleeps without a timer where there is nothing to wait for.
 */
export class ParentLoop {
  readonly #segment: PoolSegment;
  readonly #words: Int32Array;
  readonly #asleepWord: number;
  readonly #work: LoopWork;
  readonly #keepAlive: NodeJS.Timeout;
  #scheduled = false;
  #look: NodeJS.Timeout | undefined;
  #isLookSoon = false;
  #heartbeat: NodeJS.Timeout | undefined;
  #spinUntil = 0;
  /** What children were told last. */
  #wakeAfter = 0;
  /** This spin has ended in vain, and been counted. */
  #missed = false;
  readonly #credit = new SpinCredit();
  /** When the event loop last had its turn. */
  #turnedAt = 0;
  readonly #restCredit = new SpinCredit();
  #stopped = false;

  constructor(segment: PoolSegment, work: LoopWork) {
    this.#segment = segment;
    this.#words = segment.words;
    this.#asleepWord = segment.word.shared + SHARED_WORDS.word.parentAsleep;
    this.#work = work;
    // Keeps the process alive while there are jobs, at no wake-up: it is never due.
    this.#keepAlive = setTimeout(() => {}, LONGEST_TIMER_MS);
    this.#keepAlive.unref();
    this.#tellWakeAfter(1);
    Atomics.store(this.#words, this.#asleepWord, ParentSleep.UntilRung);
  }

  /** A store takes the word away from the children, who look at it after each job. */
  #tellWakeAfter(results: number): void {
    if (results === this.#wakeAfter) return;
    this.#wakeAfter = results;
    Atomics.store(this.#words, POOL_HEADER.word.wakeAfter, results);
  }

  holdOpen(open: boolean): void {
    if (this.#stopped) return;
    if (open) this.#keepAlive.ref();
    else this.#keepAlive.unref();
  }

  /** New jobs, or news of a child: have a turn soon, without making the caller wait. */
  nudge(): void {
    this.#spinUntil = 0;
    this.#missed = false;
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    queueMicrotask(() => {
      this.#scheduled = false;
      this.turn();
    });
  }

  /** Reads, places, and goes to sleep or comes back. */
  turn(): void {
    if (this.#stopped) return;
    Atomics.store(this.#words, this.#asleepWord, ParentSleep.Awake);
    let isWhole = false;
    try {
      const collected = this.#work.collect(RECORDS_A_TURN);
      this.#work.pump();
      this.#work.turned();
      if (collected > 0 && this.#spinUntil !== 0) this.#endSpin();
      isWhole = true;
    } finally {
      // What listeners throw is theirs; the pool goes on.
      if (!isWhole && !this.#stopped) this.#comeBack();
    }
    if (this.#stopped) return;
    if (this.#maySpin()) this.#comeBack();
    else if (!this.#mayRest()) this.#sleep();
    else if (monotonicMs() - this.#turnedAt > TURN_MS) this.#comeBack();
    else if (this.#rest()) this.turn();
    else this.#sleep();
  }

  /** What came so late had been there before: this process had to wait for a processor. */
  #endSpin(): void {
    if (monotonicMs() < this.#spinUntil) this.#credit.found();
    else if (!this.#missed) this.#credit.missed();
    this.#spinUntil = 0;
  }

  #comeBack(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.#turnedAt = monotonicMs();
      this.turn();
    });
  }

  /** Are there jobs whose answers come at once, and few of them or somebody who waits for each? */
  #isLookedForward(): boolean {
    const inMemory = this.#work.inMemory();
    if (inMemory === 0 || !this.#work.isQuick()) return false;
    return inMemory <= this.#work.processes || !this.#work.isPatient();
  }

  /** Is it worth a short sleep outside of the event loop, as what runs is few and quick? */
  #mayRest(): boolean {
    return (
      this.#isLookedForward() &&
      this.#work.inMemory() <= this.#work.processes &&
      futex() !== undefined &&
      !this.#work.isHeldUp() &&
      this.#restCredit.isWorthwhile()
    );
  }

  /** @returns whether there may be something to read */
  #rest(): boolean {
    // SYNC: said before the last look, as before a longer sleep.
    this.#tellWakeAfter(1);
    Atomics.store(this.#words, this.#asleepWord, ParentSleep.Briefly);
    if (this.#work.unread() > 0) return true;
    this.#segment.memory.sleepOnWord(this.#asleepWord, ParentSleep.Briefly, REST_MS);
    const isWoken = Atomics.exchange(this.#words, this.#asleepWord, ParentSleep.Awake) === ParentSleep.Awake;
    if (isWoken) this.#restCredit.found();
    else this.#restCredit.missed();
    return isWoken;
  }

  #maySpin(): boolean {
    if (!this.#isLookedForward()) return false;
    const now = monotonicMs();
    if (this.#spinUntil === 0) {
      if (!this.#credit.isWorthwhile()) return false;
      this.#spinUntil = now + SPIN_MS;
    }
    if (now < this.#spinUntil) return true;
    if (!this.#missed) this.#credit.missed();
    this.#missed = true;
    return false;
  }

  #sleep(): void {
    const inMemory = this.#work.inMemory();
    const wakeAfter = this.#work.isPatient() ? resultsToWakeFor(inMemory, this.#work.takers()) : 1;
    this.#tellWakeAfter(wakeAfter);
    // SYNC: said before the last look; a child says that it sleeps, too, before it looks whether the parent does.
    Atomics.store(this.#words, this.#asleepWord, ParentSleep.UntilRung);
    const unread = this.#work.unread();
    if (unread > 0 && (unread >= wakeAfter || !this.#work.willBeRung())) return this.#comeBack();
    const mayStall = inMemory > 0 && this.#work.mayStall();
    const isHeldUp = this.#work.isHeldUp();
    if (isHeldUp || ((wakeAfter > 1 || mayStall) && this.#work.isQuick())) this.#lookSoon();
    else if (wakeAfter > 1 || mayStall)
      this.#look ??= setTimeout(this.#onLook, mayStall ? SELDOM_LOOK_MS : RARE_LOOK_MS);
    if (inMemory > 0 && this.#heartbeat === undefined) {
      this.#heartbeat = setTimeout(() => {
        this.#heartbeat = undefined;
        this.#work.checkMemory();
        if (this.#stopped) return;
        this.#work.wakeUnheard();
        this.#lookAround();
      }, HEARTBEAT_MS);
      this.#heartbeat.unref();
    }
  }

  readonly #onLook = () => {
    this.#look = undefined;
    this.#isLookSoon = false;
    this.#lookAround();
  };

  #lookSoon(): void {
    if (this.#isLookSoon) return;
    clearTimeout(this.#look);
    this.#isLookSoon = true;
    this.#look = setTimeout(this.#onLook, LOOK_MS);
  }

  #lookAround(): void {
    if (this.#stopped) return;
    this.#work.unstall();
    this.#work.wakeForWaiting();
    this.turn();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#look);
    clearTimeout(this.#heartbeat);
    clearTimeout(this.#keepAlive);
  }
}

/**
 * How many results are worth waking for, where the last of `inMemory` jobs is waited for. To wake takes as long as a dozen
 * small jobs: of few the first is told of, so that this goes on beside the others, of some the half.
 */
function resultsToWakeFor(inMemory: number, takers: number): number {
  if (inMemory < 16) return 1;
  if (inMemory < 64) return inMemory >> 1;
  return Math.max(1, Math.min(512, Math.floor(inMemory / (4 * takers))));
}
