import { monotonicMs } from '../../clock/monotonic-ms.js';
import { clearInterval, clearTimeout, setInterval, setTimeout } from '../../clock/timers.js';
import type { Logger } from '../../contracts/logger.js';
import { type ControlQueue, canCarryControl } from './control-queue.js';
import type { OrderRecord } from './control-records.js';
import type { OpenQueues } from './open-queues.js';
import { isPassing } from './retry-while-unavailable.js';

/** After so many leases an order has been seen by all, and who gave it is gone. */
const ORDER_LEASES = 3;
/** How soon it looks again where it could not, before it knows anything, in milliseconds. */
const LOOK_AGAIN_MS = 500;

export interface WatchEffects {
  readonly logger: Logger;
  /** Which classes are paused now. */
  onPaused(paused: ReadonlySet<string>): void;
  onOrder(order: OrderRecord): void;
}

/** A host's look at what is paused and ordered: before it takes its first job, and every third of a lease. */
export class ControlWatch {
  readonly #control: ControlQueue;
  readonly #openQueues: OpenQueues;
  readonly #effects: WatchEffects;
  /** Orders that were seen, and since when. Those from before the first look are others' to obey. */
  readonly #seen = new Map<string, number>();
  #timer: NodeJS.Timeout | undefined;
  #soon: NodeJS.Timeout | undefined;
  #hasLooked = false;
  #looking = Promise.resolve();
  #isStopped = false;
  /** The engine cannot carry it. */
  #cannot = false;

  constructor(control: ControlQueue, openQueues: OpenQueues, effects: WatchEffects) {
    this.#control = control;
    this.#openQueues = openQueues;
    this.#effects = effects;
  }

  /** There is something to pause, which takes nothing before the look is over. */
  begin(): void {
    if (this.#isStopped) return;
    if (this.#cannot) return this.#effects.onPaused(new Set());
    this.#timer ??= setInterval(() => void this.look(), this.#openQueues.leaseMs / 3);
    this.#timer.unref();
    void this.look();
  }

  /** One look at a time; who asks while one is under way waits for that, and for one that begins after it. */
  async look(): Promise<void> {
    this.#looking = this.#looking.then(async () => {
      if (!this.#isStopped && !this.#cannot) await this.#look();
    });
    await this.#looking;
  }

  async #look(): Promise<void> {
    try {
      if (!canCarryControl(this.#openQueues.control())) return this.#giveUp();
      const { paused, orders } = await this.#control.read();
      if (this.#isStopped) return;
      this.#effects.onPaused(paused);
      await this.#obey(orders);
      this.#hasLooked = true;
    } catch (error) {
      this.#onError(error as Error);
    }
  }

  async #obey(orders: readonly OrderRecord[]): Promise<void> {
    const now = monotonicMs();
    const ids = new Set(orders.map(({ order }) => order));
    for (const id of this.#seen.keys()) if (!ids.has(id)) this.#seen.delete(id);
    for (const order of orders) {
      const seenAt = this.#seen.get(order.order);
      if (seenAt === undefined) {
        this.#seen.set(order.order, now);
        if (this.#hasLooked) this.#effects.onOrder(order);
      } else if (now - seenAt > ORDER_LEASES * this.#openQueues.leaseMs) await this.#control.remove(order);
    }
  }

  #onError(error: Error): void {
    if (this.#isStopped) return;
    if (!isPassing(error)) {
      this.#effects.logger.warn(`hosts of this pool cannot be paused: ${error.message}`);
      return this.#giveUp();
    }
    // What was known last holds until the engine is back.
    if (this.#hasLooked) return;
    this.#soon = setTimeout(() => void this.look(), LOOK_AGAIN_MS);
    this.#soon.unref();
  }

  #giveUp(): void {
    clearInterval(this.#timer);
    this.#cannot = true;
    this.#effects.onPaused(new Set());
  }

  /** Nothing is watched any more. */
  stop(): void {
    this.#isStopped = true;
    clearInterval(this.#timer);
    clearTimeout(this.#soon);
  }
}
