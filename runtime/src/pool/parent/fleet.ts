import type { ResolvedPoolOptions } from '../options.js';
import { ChildOrder, ChildStage } from '../protocol.js';
import { CHILD_BLOCK, POOL_HEADER } from '../transport/layout.js';
import type { PoolSegment } from '../transport/pool-segment.js';
import { type Death, ForkedProcess } from './child-process.js';

/** Deaths in a row before serving, after which the children are given up. */
const BOOT_DEATHS = 3;
/** Pause before the next fork when children are killed faster than they start, in milliseconds. */
const KILLED_PAUSE_MS = 20;

export interface FleetEvents {
  onRing(): void;
  onSpawn(child: ForkedProcess): void;
  /** Called while the child's block and ring are still as it left them. */
  onDeath(child: ForkedProcess, death: Death): void;
  /** No child can be started. */
  onUnusable(death: Death): void;
  /** Is there work that needs a child? */
  isNeeded(): boolean;
}

/** The pool's children: as many as wanted, replaced from the count of those that live. */
export class Fleet {
  readonly children: (ForkedProcess | undefined)[];
  readonly #segment: PoolSegment;
  readonly #options: ResolvedPoolOptions;
  readonly #events: FleetEvents;
  readonly #onEmpty: (() => void)[] = [];
  #stopping = false;
  #bootDeaths = 0;
  #pause: NodeJS.Timeout | undefined;
  /** Children made since the pool was. */
  spawned = 0;

  constructor(segment: PoolSegment, options: ResolvedPoolOptions, events: FleetEvents) {
    this.#segment = segment;
    this.#options = options;
    this.#events = events;
    this.children = new Array(options.processes).fill(undefined);
  }

  get alive(): number {
    return this.children.filter((child) => child !== undefined).length;
  }

  get pids(): number[] {
    return this.children.flatMap((child) => (child === undefined ? [] : [child.pid]));
  }

  /** Makes the children that are missing. */
  fill(): void {
    if (this.#stopping || this.#pause !== undefined) return;
    for (let index = 0; index < this.children.length; index += 1)
      if (this.children[index] === undefined) this.#spawn(index);
  }

  #spawn(index: number): void {
    this.#resetBlock(index);
    this.spawned += 1;
    const child = new ForkedProcess(index, this.#segment, this.#options, {
      onRing: () => this.#events.onRing(),
      onDeath: (dead, death) => this.#onDeath(dead, death),
    });
    this.children[index] = child;
    this.#events.onSpawn(child);
  }

  #onDeath(child: ForkedProcess, death: Death): void {
    const served = this.stageOf(child.index) !== ChildStage.Booting;
    this.children[child.index] = undefined;
    this.#events.onDeath(child, death);
    if (this.#stopping) {
      if (this.alive === 0) for (const resolve of this.#onEmpty.splice(0)) resolve();
      return;
    }
    const killed = death.signal === 'SIGKILL' || death.signal === 'SIGTERM';
    if (served) this.#bootDeaths = 0;
    else if (!killed) this.#bootDeaths += 1;
    if (this.#bootDeaths >= BOOT_DEATHS) {
      this.#bootDeaths = 0;
      this.#events.onUnusable(death);
    } else if (!served && killed) this.#pauseThenFill();
    else this.#refill();
  }

  #refill(): void {
    if (this.#options.idleTimeoutMs === undefined || this.#events.isNeeded()) this.fill();
  }

  #pauseThenFill(): void {
    this.#pause ??= setTimeout(() => {
      this.#pause = undefined;
      this.#refill();
    }, KILLED_PAUSE_MS);
  }

  stageOf(index: number): number {
    return Atomics.load(this.#segment.words, this.#block(index) + CHILD_BLOCK.word.stage);
  }

  /** Slot whose module the child was loading, or -1. */
  loadingSlotOf(index: number): number {
    return Atomics.load(this.#segment.words, this.#block(index) + CHILD_BLOCK.word.loading) - 1;
  }

  #block(index: number): number {
    return this.#segment.word.children + index * CHILD_BLOCK.lengthWords;
  }

  /** What a dead child left behind must not be taken for its successor's. */
  #resetBlock(index: number): void {
    const { words } = this.#segment;
    const { asleep, stage, orders, loading, parcelsTaken } = CHILD_BLOCK.word;
    for (const word of [asleep, stage, orders, loading, parcelsTaken])
      Atomics.store(words, this.#block(index) + word, 0);
    Atomics.compareExchange(words, POOL_HEADER.word.spinner, index + 1, 0);
  }

  /** Wakes at most `wanted` of the children that sleep. */
  wake(wanted: number): void {
    const { words } = this.#segment;
    let left = Atomics.load(words, POOL_HEADER.word.spinner) === 0 ? wanted : wanted - 1;
    for (let index = 0; left > 0 && index < this.children.length; index += 1) {
      const child = this.children[index];
      const asleep = this.#block(index) + CHILD_BLOCK.word.asleep;
      if (child === undefined || Atomics.load(words, asleep) !== 1) continue;
      if (Atomics.compareExchange(words, asleep, 1, 0) !== 1) continue;
      child.ring();
      left -= 1;
    }
  }

  /** Wakes a child whatever it does, so that it looks at what it is asked. */
  ringChild(index: number): void {
    this.children[index]?.ring();
  }

  parcelTaken(index: number): void {
    Atomics.add(this.#segment.words, this.#block(index) + CHILD_BLOCK.word.parcelsTaken, 1);
    this.ringChild(index);
  }

  /** Asks all to finish what they run and end. Resolves when none is left. */
  drain(): Promise<void> {
    this.#stop();
    for (const child of this.children) {
      if (child === undefined) continue;
      Atomics.store(
        this.#segment.words,
        this.#block(child.index) + CHILD_BLOCK.word.orders,
        ChildOrder.Drain,
      );
      child.ring();
    }
    return this.#whenEmpty();
  }

  /** Ends all at once, stopped and spinning ones too. Resolves when none is left. */
  kill(): Promise<void> {
    this.#stop();
    for (const child of this.children) child?.kill('SIGKILL');
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
