import { monotonicMs } from '../../clock/monotonic-ms.js';
import {
  clearTimeout,
  LONGEST_TIMER_MS,
  queueMicrotask,
  setImmediate,
  setTimeout,
} from '../../clock/timers.js';
import { POOL_HEADER, SHARED_WORDS } from '../transport/layout.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { SpinCredit } from '../transport/spin-credit.js';

/** How long to look for results before sleeping, in milliseconds. */
const SPIN_MS = 0.1;
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
  #stopped = false;

  constructor(segment: PoolSegment, work: LoopWork) {
    this.#words = segment.words;
    this.#asleepWord = segment.word.shared + SHARED_WORDS.word.parentAsleep;
    this.#work = work;
    // Keeps the process alive while there are jobs, at no wake-up: it is never due.
    this.#keepAlive = setTimeout(() => {}, LONGEST_TIMER_MS);
    this.#keepAlive.unref();
    this.#tellWakeAfter(1);
    Atomics.store(this.#words, this.#asleepWord, 1);
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
    Atomics.store(this.#words, this.#asleepWord, 0);
    let isWhole = false;
    try {
      const collected = this.#work.collect(RECORDS_A_TURN);
      this.#work.pump();
      if (collected > 0 && this.#spinUntil !== 0) {
        this.#credit.found();
        this.#spinUntil = 0;
      }
      isWhole = true;
    } finally {
      // What listeners throw is theirs; the pool goes on.
      if (!isWhole && !this.#stopped) this.#comeBack();
    }
    if (this.#stopped) return;
    if (this.#maySpin()) this.#comeBack();
    else this.#sleep();
  }

  #comeBack(): void {
    if (this.#scheduled || this.#stopped) return;
    this.#scheduled = true;
    setImmediate(() => {
      this.#scheduled = false;
      this.turn();
    });
  }

  #maySpin(): boolean {
    const inMemory = this.#work.inMemory();
    if (inMemory === 0 || !this.#work.isQuick()) return false;
    if (inMemory > this.#work.processes && this.#work.isPatient()) return false;
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
    Atomics.store(this.#words, this.#asleepWord, 1);
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
