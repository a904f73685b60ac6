import type { CoreCode } from '../../../cache/code-cache.js';
import { monotonicMs } from '../../../clock/monotonic-ms.js';
import { clearInterval, clearTimeout, setImmediate, setInterval, setTimeout } from '../../../clock/timers.js';
import { dropCachedCode } from '../../core-code.js';
import type { ResolvedPoolOptions } from '../../options.js';
import { ChildOrder, ChildStage } from '../../protocol.js';
import type { PoolSegment } from '../../transport/pool-segment.js';
import type { ChildOutput } from '../output/child-output.js';
import { isStderrHeldUp, onceStderrHasRoom } from '../output/own-stderr.js';
import { ChildBlocks } from './child-blocks.js';
import { type Death, ForkedProcess, isCrash, isKill } from './child-process.js';
import { Spares } from './spares.js';
import { StartBackoff } from './start-backoff.js';
import { DID_NOT_START, HURRIED_MS, watchStart } from './start-limit.js';
import { WakeUps } from './wake-ups.js';

/** Deaths in a row before serving, after which the children are given up, unless one of them may still come to serve. */
const BOOT_DEATHS = 3;
/** Pause before the next fork when children are killed faster than they start, in milliseconds. */
const KILLED_PAUSE_MS = 20;
/** Pause before the next fork when some children work and others cannot even start, in milliseconds. */
const BOOT_PAUSE_MS = 1_000;
/** How long a process that runs nothing has at least to hear that it shall end, in milliseconds. */
const LEAST_NOTICE_MS = 1_000;
/** How long one may take to exit when it has nothing more to tell, beside its `teardown`, in milliseconds. */
const LONGEST_EXIT_MS = 9_000;

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
  readonly blocks: ChildBlocks;
  readonly wakeUps: WakeUps;
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
  #stopping = false;
  #isFilling = false;
  #bootDeaths = 0;
  readonly #starts = new StartBackoff();
  readonly #spares: Spares;
  #pause: NodeJS.Timeout | undefined;
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
    this.blocks = new ChildBlocks(segment);
    this.wakeUps = new WakeUps(segment, this.blocks, this.children, options.processes);
    this.#pids = new Int32Array(places);
    this.#orders = new Int32Array(places).fill(ChildOrder.Standby, options.processes);
    this.#hasTold = new Array(places).fill(false);
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
    this.blocks.clear(index, this.#orders[index]!);
    this.#hasTold[index] = false;
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

  #onExit({ index }: ForkedProcess): void {
    this.blocks.endSpin(index);
    this.#events.onExit();
  }

  #endIfHung(child: ForkedProcess): void {
    if (this.#stopping || !this.blocks.isBooting(child.index)) return;
    child.hasHung = true;
    child.kill('SIGKILL');
  }

  #onDeath(child: ForkedProcess, how: Death): void {
    const death = child.hasHung ? { ...how, stderr: `${DID_NOT_START} ${how.stderr}`.trim() } : how;
    child.endStartWatch();
    const served = !this.blocks.isBooting(child.index);
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
        child?.isAlive &&
        this.#spares.is(child.index) &&
        this.blocks.stageOf(child.index) === ChildStage.Serving,
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
      if (child === undefined || child.isHurried || !this.blocks.isBooting(child.index)) continue;
      child.isHurried = true;
      child.endStartWatch();
      child.endStartWatch = watchStart(this.#options, () => this.#endIfHung(child), HURRIED_MS);
    }
  }

  /** So many starts have failed that those which are under way shall tell first whether another is worth it. */
  #mustWaitForStarts(): boolean {
    if (this.#bootDeaths < BOOT_DEATHS) return false;
    const living = this.children.filter((child) => child !== undefined);
    return living.length > 0 && living.every(({ index }) => this.blocks.isBooting(index));
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

  /** Ends children that say of themselves what cannot be. */
  checkBlocks(): void {
    for (const child of this.children) {
      const problem = child?.isAlive ? this.blocks.problemOf(child.index) : undefined;
      if (problem !== undefined) this.endCorrupt(child!.index, problem);
    }
    const { spinner } = this.blocks;
    // One that sleeps looks for nothing; nor does one that there is not.
    if (spinner !== -1 && !this.wakeUps.isAwake(spinner)) this.blocks.endSpin(spinner);
  }

  /** The child has told something. */
  heard(index: number): void {
    this.wakeUps.heard(index);
    this.#hasTold[index] = true;
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
    this.blocks.tell(index, order);
    // SYNC: after the store, and whatever the child does: it looks at its orders when it is rung.
    this.wakeUps.ringOne(index);
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

  largeValueRead(index: number): void {
    this.blocks.countLargeValueRead(index);
    this.wakeUps.ringOne(index);
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
      this.blocks.tellToDrain(child.index);
      // One that hangs in its start would never read the order.
      if (this.blocks.isBooting(child.index)) child.killOnPurpose();
      else child.ring();
    }
    return this.#whenEmpty();
  }

  /** Once in the time that a stopped job has: what jobs have left behind may keep a process as long as it likes. */
  #endWhoStays(): void {
    const noticeMs = Math.max(LEAST_NOTICE_MS, this.#options.killTimeoutMs);
    const longestExitMs = LONGEST_EXIT_MS + this.#options.teardownTimeoutMs;
    const leavingSince = new Map<ForkedProcess, number>();
    const timer = setInterval(() => {
      if (this.alive === 0) return clearInterval(timer);
      for (const child of this.children) {
        if (child === undefined || this.blocks.claimsOf(child.index).size > 0) continue;
        const isLeaving = this.blocks.stageOf(child.index) === ChildStage.Retired;
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
      this.blocks.tellToDrain(child.index);
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
