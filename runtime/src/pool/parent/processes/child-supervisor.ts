import type { CoreCode } from '../../../cache/code-cache.js';
import { monotonicMs } from '../../../clock/monotonic-ms.js';
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from '../../../clock/timers.js';
import { usableProcessors } from '../../../limits/limits.js';
import { dropCachedCode } from '../../core-code.js';
import type { ResolvedPoolOptions } from '../../options.js';
import { ChildOrder, ChildStage, Sleep } from '../../protocol.js';
import { CHILD_BLOCK, CHILD_INBOX, POOL_HEADER, SHARED_WORDS } from '../../transport/layout.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import type { ChildOutput } from '../output/child-output.js';
import { isStderrHeldUp, onceStderrHasRoom } from '../output/own-stderr.js';
import { problemOfBlock } from '../results/record-rules.js';
import { type Death, ForkedProcess, isCrash, isKill } from './child-process.js';
import { Spares } from './spares.js';
import { StartBackoff } from './start-backoff.js';
import { DID_NOT_START, HURRIED_MS, watchStart } from './start-limit.js';

/** Deaths in a row before serving, after which the children are given up, unless one of them may still come to serve. */
const BOOT_DEATHS = 3;
/** Pause before the next fork when children are killed faster than they start, in milliseconds. */
const KILLED_PAUSE_MS = 20;
/** Pause before the next fork when some children work and others cannot even start, in milliseconds. */
const BOOT_PAUSE_MS = 1_000;
/** What a job costs this process, and a child beside the job itself, in milliseconds: about, on today's machines. */
const PARENT_MS_PER_JOB = 0.000_4;
const CHILD_MS_PER_JOB = 0.000_4;
/** How long a process that runs nothing has at least to hear that it shall end, in milliseconds. */
const LEAST_NOTICE_MS = 1_000;
/** How long one may take to exit when it has nothing more to tell, beside its `teardown`, in milliseconds. */
const LONGEST_EXIT_MS = 9_000;
/** A child that has told something within this time is believed to go on so, in milliseconds. */
const AT_WORK_MS = 1;
/** The same of one that was rung, which has to come to a processor first. */
const WAKING_MS = 4;

export interface ChildSupervisorEvents {
  onRing(): void;
  onMessage(child: ForkedProcess, message: Buffer): void;
  onSpawn(child: ForkedProcess): void;
  /** It is kept ready, and can be told what it will be needed for. */
  onSpare(child: ForkedProcess): void;
  /** Called at once; what the child had taken is still its own until `onDeath`. */
  onExit(): void;
  /** Called while the child's block and ring are still as it left them. */
  onDeath(child: ForkedProcess, death: Death): void;
  /** No child can be started. */
  onUnusable(death: Death): void;
  /** Is there work that needs a child? */
  isNeeded(): boolean;
}

/** The pool's children: as many as wanted, replaced from the count of those that live. */
export class ChildSupervisor {
  readonly children: (ForkedProcess | undefined)[];
  readonly #segment: PoolSegment;
  #code: CoreCode;
  readonly #options: ResolvedPoolOptions;
  readonly #events: ChildSupervisorEvents;
  readonly #onEmpty: (() => void)[] = [];
  /** Of each child, 0 where there is none. */
  readonly #pids: Int32Array;
  /** What the last child of each number prints, or has printed. */
  readonly #outputs: (ChildOutput | undefined)[] = [];
  /** What each child is told when it is made, and while it serves. */
  readonly #orders: Int32Array;
  /** Of each child: has it told anything yet? */
  readonly #hasTold: boolean[];
  /** Until when each child is believed to be at jobs, or about to be, by `monotonicMs`. */
  readonly #atWorkUntil: Float64Array;
  #stopping = false;
  /** A child that looked for jobs was to take one, and for all that is known it has not. */
  #isCountedOn = false;
  #isFilling = false;
  #bootDeaths = 0;
  readonly #starts = new StartBackoff();
  readonly #spares: Spares;
  readonly #processors = usableProcessors();
  #pause: NodeJS.Timeout | undefined;
  /** How many children are to be at jobs at once. */
  takers: number;
  /** Children made since the pool was. */
  spawned = 0;

  /** @param code what lies behind the segment for the children */
  constructor(
    segment: PoolSegment,
    code: CoreCode,
    options: ResolvedPoolOptions,
    events: ChildSupervisorEvents,
  ) {
    this.#segment = segment;
    this.#code = code;
    this.#options = options;
    this.#events = events;
    const places = options.processes + options.spares;
    this.#spares = new Spares(options.processes, options.spares);
    this.children = new Array(places).fill(undefined);
    this.takers = options.processes;
    Atomics.store(segment.words, POOL_HEADER.word.takers, options.processes);
    this.#pids = new Int32Array(places);
    this.#orders = new Int32Array(places).fill(ChildOrder.Standby, options.processes);
    this.#hasTold = new Array(places).fill(false);
    this.#atWorkUntil = new Float64Array(places).fill(Number.NEGATIVE_INFINITY);
  }

  get alive(): number {
    return this.children.filter((child) => child !== undefined).length;
  }

  get pids(): number[] {
    return this.children.flatMap((child) => (child === undefined || child.pid === 0 ? [] : [child.pid]));
  }

  /** 0 when there is no such child any more, and all that the last one has told was read. */
  pidOf(index: number): number {
    return this.#pids[index] ?? 0;
  }

  /** Of a dead child, too, while there is no other in its place. */
  outputOf(index: number): ChildOutput | undefined {
    return this.#outputs[index];
  }

  /** Makes the children that are missing. */
  fill(): void {
    if (this.#stopping || this.#pause !== undefined) return;
    // What does the work comes before what is kept ready.
    for (const isSpare of [false, true])
      for (let index = 0; index < this.children.length; index += 1) {
        if (this.#spares.is(index) !== isSpare || !this.#isMissing(index)) continue;
        if (!this.#trySpawn(index)) return;
        // Who heard of the child may have ended the pool.
        if (this.#stopping) return;
      }
  }

  /** The same, when what can be done without a fork is done: a fork holds this process up for some milliseconds. */
  fillSoon(): void {
    if (this.#isFilling || this.#stopping || !this.children.some((_, index) => this.#isMissing(index)))
      return;
    this.#isFilling = true;
    const fill = () => {
      this.#isFilling = false;
      this.fill();
    };
    // What each child leaves unread is kept in memory when it dies: their number is bound by the reader, too.
    if (isStderrHeldUp()) onceStderrHasRoom(fill);
    else setImmediate(fill);
  }

  #isMissing(index: number): boolean {
    return this.children[index] === undefined && this.#spares.isWanted(index);
  }

  /** `false` when this process cannot make one now, as when it has no descriptors left. */
  #trySpawn(index: number): boolean {
    try {
      return this.#spawn(index);
    } catch (error) {
      this.#onStartFailure(index, error as Error);
      return false;
    }
  }

  /** Tries again after a while if there is work by then, and tells those who wait when that is of no use. */
  #onStartFailure(index: number, startFailure: Error): void {
    if (this.#stopping) return;
    // A spare is not worth a pause in which nobody else is made.
    if (this.#spares.is(index)) return this.#spares.refused();
    if (this.#takeOver(index)) return;
    this.#pauseThenFill(this.#starts.failed());
    if (this.alive === 0 && this.#starts.isHopeless(startFailure))
      this.#events.onUnusable({ pid: 0, exitCode: 1, signal: undefined, stderr: '', startFailure });
  }

  /** @returns whether there is a process; if not, why comes with its death */
  #spawn(index: number): boolean {
    this.#resetBlock(index);
    const child = new ForkedProcess(index, this.#segment, this.#code, this.#options, {
      onRing: () => this.#events.onRing(),
      onMessage: (from, message) => this.#events.onMessage(from, message),
      onCorrupt: (from, problem) => this.#endCorruptProcess(from, problem),
      onExit: (dead) => this.#onExit(dead),
      onDeath: (dead, death) => this.#onDeath(dead, death),
    });
    this.children[index] = child;
    this.#outputs[index] = child.output;
    if (child.pid === 0) return false;
    this.#starts.succeeded();
    this.spawned += 1;
    child.endStartWatch = watchStart(this.#options, () => this.#endIfHung(child));
    this.#pids[index] = child.pid;
    this.#events.onSpawn(child);
    if (this.#spares.is(index)) this.#events.onSpare(child);
    return true;
  }

  /** SYNC: nobody looks for jobs in its name any more; pairs with the swap in `ChildLoop.#spin`. */
  #onExit({ index }: ForkedProcess): void {
    Atomics.compareExchange(this.#segment.words, this.#spinnerWord, index + 1, 0);
    this.#events.onExit();
  }

  #endIfHung(child: ForkedProcess): void {
    if (this.#stopping || this.stageOf(child.index) !== ChildStage.Booting) return;
    child.hasHung = true;
    child.kill('SIGKILL');
  }

  #onDeath(child: ForkedProcess, how: Death): void {
    const death = child.hasHung ? { ...how, stderr: `${DID_NOT_START} ${how.stderr}`.trim() } : how;
    child.endStartWatch();
    const served = this.stageOf(child.index) !== ChildStage.Booting;
    this.children[child.index] = undefined;
    const { startFailure } = death;
    // What it has told is read now, and is still that process's.
    if (startFailure === undefined) this.#events.onDeath(child, death);
    if (this.children[child.index] === undefined) this.#pids[child.index] = 0;
    if (this.#stopping) {
      if (this.alive === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
      return;
    }
    if (startFailure !== undefined) return this.#onStartFailure(child.index, startFailure);
    this.#useSpareFor(child, served);
    if (!served && child.code.cachedAt !== undefined && isCrash(death)) {
      // It may be the fault of the code alone: those that were given it do not count.
      this.#code = dropCachedCode(child.code);
      return this.#refill();
    }
    const wasKilled = isKill(death) && !child.hasHung;
    if (served) this.#bootDeaths = 0;
    else if (!wasKilled) this.#bootDeaths += 1;
    if (this.#bootDeaths >= BOOT_DEATHS) this.#giveUp(death);
    else if (!served && wasKilled) this.#pauseThenFill(KILLED_PAUSE_MS);
    else this.#refill();
  }

  /** One that is ready takes the place of a process that did the work. */
  #useSpareFor({ index, killedOnPurpose }: ForkedProcess, served: boolean): void {
    if (this.#spares.is(index)) {
      if (!killedOnPurpose) this.#spares.lost();
      return;
    }
    // What does not come to serve is better tried once than twice.
    if (served) this.#spares.want();
    this.#takeOver(index);
  }

  /** A spare that is ready does the work from now on, and its place is missing. `false` where there is none. */
  #takeOver(index: number): boolean {
    const spare = this.children.find(
      (child) =>
        child?.isAlive && this.#spares.is(child.index) && this.stageOf(child.index) === ChildStage.Serving,
    );
    if (spare === undefined) return false;
    this.#spares.swap(index, spare.index);
    this.#orders[index] = ChildOrder.Standby;
    this.#order(spare.index, ChildOrder.Serve);
    return true;
  }

  /** Is the process in this place given no jobs? */
  isSpare(index: number): boolean {
    return this.#spares.is(index);
  }

  /** No more forks until there is a job; what waits is failed, unless a child works all the same or still starts. */
  #giveUp(death: Death): void {
    if (this.alive > 0) {
      this.#hurryStarts();
      return this.#pauseThenFill(BOOT_PAUSE_MS);
    }
    this.#bootDeaths = 0;
    this.#events.onUnusable(death);
  }

  /** What keeps others from starting may have those that still start hang. */
  #hurryStarts(): void {
    for (const child of this.children) {
      if (child === undefined || child.isHurried || this.stageOf(child.index) !== ChildStage.Booting)
        continue;
      child.isHurried = true;
      child.endStartWatch();
      child.endStartWatch = watchStart(this.#options, () => this.#endIfHung(child), HURRIED_MS);
    }
  }

  /** So many starts have failed that those which are under way shall tell first whether another is worth it. */
  #mustWaitForStarts(): boolean {
    if (this.#bootDeaths < BOOT_DEATHS) return false;
    const living = this.children.filter((child) => child !== undefined);
    return living.length > 0 && living.every(({ index }) => this.stageOf(index) === ChildStage.Booting);
  }

  #refill(): void {
    const isWell = this.#bootDeaths === 0 && !this.#starts.hasFailed;
    const isWanted = this.#options.idleTimeoutMs === undefined && isWell;
    if (isWanted || this.#events.isNeeded()) this.fillSoon();
  }

  #pauseThenFill(pauseMs: number): void {
    if (this.#stopping) return;
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      if (this.#mustWaitForStarts()) this.#pauseThenFill(BOOT_PAUSE_MS);
      else this.#refill();
    }, pauseMs);
    this.#pause.unref();
  }

  get #spinnerWord(): number {
    return this.#segment.word.shared + SHARED_WORDS.word.spinner;
  }

  stageOf(index: number): number {
    return Atomics.load(this.#segment.words, this.#block(index) + CHILD_BLOCK.word.stage);
  }

  /** When the child took its last job, by its own clock: another number after each. */
  tookAtOf(index: number): number {
    return this.#segment.words[this.#block(index) + CHILD_BLOCK.word.tookAt]!;
  }

  /** The slots that the child says it has taken, or is about to take. */
  claimsOf(index: number): Set<number> {
    const start = this.#segment.claimsOf(index);
    const claims = new Set<number>();
    const { claimCount, slotCount } = this.#segment.size;
    for (let at = start; at < start + claimCount; at += 1) {
      // SYNC: before the results are read; pairs with the store in `JobTaker.release`.
      const claim = Atomics.load(this.#segment.words, at);
      if (claim > 0 && claim <= slotCount) claims.add(claim - 1);
    }
    return claims;
  }

  /** Ends children that say of themselves what cannot be. */
  checkBlocks(): void {
    const { words, size } = this.#segment;
    const { asleep, stage, loading } = CHILD_BLOCK.word;
    for (const child of this.children) {
      if (!child?.isAlive) continue;
      const block = this.#block(child.index);
      const said = {
        asleep: words[block + asleep]!,
        stage: words[block + stage]!,
        loading: words[block + loading]!,
      };
      const problem = problemOfBlock(said, size.slotCount);
      if (problem !== undefined) this.endCorrupt(child.index, problem);
    }
    const spinner = Atomics.load(words, this.#spinnerWord);
    if (spinner === 0) return;
    // One that sleeps looks for nothing; nor does one that there is not.
    const isLooking = this.children[spinner - 1]?.isAlive && this.#sleepOf(spinner - 1) === Sleep.Awake;
    if (!isLooking) Atomics.compareExchange(words, this.#spinnerWord, spinner, 0);
  }

  /** Slot whose module the child was loading, or -1. */
  loadingSlotOf(index: number): number {
    return Atomics.load(this.#segment.words, this.#block(index) + CHILD_BLOCK.word.loading) - 1;
  }

  #block(index: number): number {
    return this.#segment.blockOf(index);
  }

  /** What a dead child left behind must not be taken for its successor's. */
  #resetBlock(index: number): void {
    const { words } = this.#segment;
    const { asleep, stage, loading, tookAt, jobs } = CHILD_BLOCK.word;
    for (const word of [asleep, stage, loading, tookAt, jobs])
      Atomics.store(words, this.#block(index) + word, 0);
    const { orders, largeValuesRead } = CHILD_INBOX.word;
    Atomics.store(words, this.#segment.inboxOf(index) + orders, this.#orders[index]!);
    Atomics.store(words, this.#segment.inboxOf(index) + largeValuesRead, 0);
    const claims = this.#segment.claimsOf(index);
    words.fill(0, claims, claims + this.#segment.size.claimCount);
    Atomics.compareExchange(words, this.#spinnerWord, index + 1, 0);
    this.#hasTold[index] = false;
  }

  /** Has the child told of any job? Then it may have left something behind. */
  hasTold(index: number): boolean {
    return this.#hasTold[index]!;
  }

  /** Keeps a child for the job of a slot, beside which it runs nothing; the next one, too, if it ends before. */
  reserve(index: number, slot: number): void {
    this.#order(index, ChildOrder.Reserved + slot);
  }

  /** The child takes any job again. */
  unreserve(index: number): void {
    this.#order(index, this.#spares.is(index) ? ChildOrder.Standby : ChildOrder.Serve);
  }

  #order(index: number, order: number): void {
    if (this.#stopping) return;
    this.#orders[index] = order;
    if (this.children[index] === undefined) return;
    Atomics.store(this.#segment.words, this.#segment.inboxOf(index) + CHILD_INBOX.word.orders, order);
    // SYNC: after the store, and whatever the child does: it looks at its orders when it is rung.
    this.ringChild(index);
  }

  /**
   * Wakes children for jobs that were placed. Where jobs are small, a doorbell costs as much as some dozens of them, and a
   * child that is at them already will have them done before another has woken up: then what waits must be worth it.
   * @param runMs how long jobs take of late
   */
  wake(placed: number, waiting: number, jobsPerWake: number, runMs: number): void {
    const most = jobsPerWake === 1 ? this.#options.processes : mostAtWork(runMs, this.#processors);
    // A store takes the word away from the children, who look at it before each job.
    if (most !== this.takers) Atomics.store(this.#segment.words, POOL_HEADER.word.takers, most);
    this.takers = most;
    if (jobsPerWake === 1) this.#wake(this.#sleepersFor(placed, waiting));
    else this.#wake(Math.min(Math.ceil(waiting / jobsPerWake), most) - this.#atWork());
  }

  /**
   * How many children that sleep are to be rung for these jobs. One that looks for jobs takes one of them, where it is not on
   * its way to another. test/runtime/model/pool-model.ts has every order in which this can go.
   */
  #sleepersFor(placed: number, waiting: number): number {
    // SYNC: the jobs were published before this load; a child looks once more after it has ceased to be the spinner.
    const spinner = Atomics.load(this.#segment.words, this.#spinnerWord);
    const areAlone = waiting <= placed;
    const wasCountedOn = this.#isCountedOn;
    this.#isCountedOn = areAlone && spinner !== 0 && this.children[spinner - 1]?.isAlive === true;
    if (this.#isCountedOn) return placed - 1;
    // Who was counted on may have said by now that it sleeps, and is about to look once more: it takes a doorbell meant for another.
    return wasCountedOn && !areAlone ? placed + 1 : placed;
  }

  /** Children that look for jobs, or are awake and were rung or have told something just now: not those in a long job. */
  #atWork(): number {
    const now = monotonicMs();
    const spinner = Atomics.load(this.#segment.words, this.#spinnerWord) - 1;
    let count = 0;
    for (let index = 0; index < this.children.length; index += 1)
      if (this.children[index]?.isAlive !== true) continue;
      else if (index === spinner || (this.#atWorkUntil[index]! > now && this.#sleepOf(index) === Sleep.Awake))
        count += 1;
    return count;
  }

  #sleepOf(index: number): number {
    return Atomics.load(this.#segment.words, this.#block(index) + CHILD_BLOCK.word.asleep);
  }

  /** The child has told something. */
  heard(index: number): void {
    this.#atWorkUntil[index] = monotonicMs() + AT_WORK_MS;
    this.#hasTold[index] = true;
  }

  /** Wakes some that sleep, whoever else is about to look: more would have no processor. */
  wakeMore(): void {
    this.#wake(this.#processors);
  }

  hasSleeper(): boolean {
    return this.children.some((child) => child?.isAlive && waitsForWork(this.#sleepOf(child.index)));
  }

  /** Does the child live, and will it look for what it has told before it sleeps? */
  isAwake(index: number): boolean {
    return this.children[index]?.isAlive === true && this.#sleepOf(index) === Sleep.Awake;
  }

  #wake(wanted: number): void {
    // Who sleeps briefly is woken at less cost, and is at work sooner.
    let left = wanted;
    for (let index = 0; left > 0 && index < this.children.length; index += 1)
      if (this.#wakeOf(index, Sleep.Briefly)) left -= 1;
    for (let index = 0; left > 0 && index < this.children.length; index += 1)
      if (this.#wakeOf(index, Sleep.ForWork)) left -= 1;
  }

  /** `false` when the child does not sleep so, or cannot be woken. */
  #wakeOf(index: number, sleep: number): boolean {
    const { words, memory } = this.#segment;
    const child = this.children[index];
    const asleep = this.#block(index) + CHILD_BLOCK.word.asleep;
    if (!child?.isAlive || Atomics.load(words, asleep) !== sleep) return false;
    if (Atomics.compareExchange(words, asleep, sleep, Sleep.Awake) !== sleep) return false;
    if (sleep === Sleep.Briefly) memory.wakeOnWord(asleep);
    else if (!child.ring()) {
      // It sleeps on. If something else wakes it meanwhile, it is rung in vain at most.
      Atomics.compareExchange(words, asleep, Sleep.Awake, sleep);
      return false;
    }
    this.#atWorkUntil[index] = monotonicMs() + WAKING_MS;
    return true;
  }

  /** Rings children that found no room for a result, as there is room again. */
  wakeStuck(index: number): void {
    const asleep = this.#block(index) + CHILD_BLOCK.word.asleep;
    const { words } = this.#segment;
    // SYNC: the room was given back before this look; a child says that it is stuck before it looks for room again.
    if (Atomics.load(words, asleep) !== Sleep.ForRoom) return;
    if (Atomics.compareExchange(words, asleep, Sleep.ForRoom, Sleep.Awake) !== Sleep.ForRoom) return;
    if (this.children[index]?.ring() === false)
      Atomics.compareExchange(words, asleep, Sleep.Awake, Sleep.ForRoom);
  }

  /** Wakes all, whatever they have said: a doorbell may have failed, or its ringer may have been stopped. */
  ringAll(): void {
    for (const child of this.children) child?.ring();
  }

  /** Ends a child that has written where it should not. */
  endCorrupt(index: number, problem: string): void {
    const child = this.children[index];
    if (child !== undefined) this.#endCorruptProcess(child, problem);
  }

  #endCorruptProcess(child: ForkedProcess, problem: string): void {
    if (child.corruption !== undefined || !child.isAlive) return;
    this.#options.logger.error(`process ${child.pid} wrote ${problem}, and is ended for that`);
    child.endCorrupt(problem);
  }

  /** Wakes a child whatever it does, so that it looks at what it is asked. */
  ringChild(index: number): void {
    this.children[index]?.ring();
  }

  largeValueRead(index: number): void {
    Atomics.add(this.#segment.words, this.#segment.inboxOf(index) + CHILD_INBOX.word.largeValuesRead, 1);
    this.ringChild(index);
  }

  /**
   * Asks all to finish what they run and end; who still starts runs nothing and is ended, and so is who runs nothing and
   * does not hear it. Resolves when none is left.
   */
  drain(): Promise<void> {
    this.#stop();
    this.#endWhoStays();
    for (const child of this.children) {
      if (child === undefined) continue;
      this.#tellToDrain(child.index);
      // One that hangs in its start would never read the order.
      if (this.stageOf(child.index) === ChildStage.Booting) child.killOnPurpose();
      else child.ring();
    }
    return this.#whenEmpty();
  }

  #tellToDrain(index: number): void {
    const orders = this.#segment.inboxOf(index) + CHILD_INBOX.word.orders;
    Atomics.store(this.#segment.words, orders, ChildOrder.Drain);
  }

  /** Once in the time that a stopped job has: what jobs have left behind may keep a process as long as it likes. */
  #endWhoStays(): void {
    const noticeMs = Math.max(LEAST_NOTICE_MS, this.#options.killTimeoutMs);
    const longestExitMs = LONGEST_EXIT_MS + this.#options.teardownTimeoutMs;
    const leavingSince = new Map<ForkedProcess, number>();
    const timer = setInterval(() => {
      if (this.alive === 0) return clearInterval(timer);
      for (const child of this.children) {
        if (child === undefined || this.claimsOf(child.index).size > 0) continue;
        const isLeaving = this.stageOf(child.index) === ChildStage.Retired;
        const since = leavingSince.get(child) ?? monotonicMs();
        leavingSince.set(child, since);
        // What listens for its exit may write something down.
        if (!isLeaving || monotonicMs() - since > longestExitMs) child.killOnPurpose();
      }
    }, noticeMs);
    timer.unref();
  }

  /** Ends all at once, stopped and spinning ones too. Resolves when none is left. */
  kill(): Promise<void> {
    this.#stop();
    for (const child of this.children) {
      if (child === undefined) continue;
      // One that is let go of, and not killed, must not take a further job.
      this.#tellToDrain(child.index);
      child.end();
    }
    return this.#whenEmpty();
  }

  #stop(): void {
    this.#stopping = true;
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #whenEmpty(): Promise<void> {
    if (this.alive === 0) return Promise.resolve();
    return new Promise((resolve) => this.#onEmpty.push(resolve));
  }
}

/**
 * How many children can be at small jobs at once. More than this parent can serve would wait for it, and more than the
 * processors have room for beside it would take the time that it needs to serve them.
 */
function mostAtWork(runMs: number, processors: number): number {
  const jobMs = runMs + CHILD_MS_PER_JOB;
  const served = Math.ceil(jobMs / PARENT_MS_PER_JOB);
  const beside = Math.round(processors / (1 + PARENT_MS_PER_JOB / jobMs));
  return Math.max(1, Math.min(served, beside));
}

function waitsForWork(sleep: number): boolean {
  return sleep === Sleep.ForWork || sleep === Sleep.Briefly;
}
