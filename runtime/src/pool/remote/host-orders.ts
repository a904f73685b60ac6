import { randomUUID } from 'node:crypto';
import { hostname } from 'node:os';
import { abortableDelay } from '../../abort/abortable-delay.js';
import { hostName } from '../host-name.js';
import type { ControlQueue } from './control-queue.js';
import type { ObeyedRecord, OrderRecord } from './control-records.js';
import type { OpenQueues } from './open-queues.js';
import type { RemoteRoute } from './remote-route.js';

/** How much later than its time a host's word may come, in milliseconds. */
const LATE_MS = 2_000;

/** Is this process meant, or its whole machine? */
export function isThisHost(name: string): boolean {
  return name === hostname() || name === hostName();
}

/** Gives orders to all hosts, and says what has come of an order. */
export class HostOrders {
  readonly #control: ControlQueue;
  readonly #openQueues: OpenQueues;
  readonly #route: () => RemoteRoute;
  readonly #closing = new AbortController();

  /** @param route where what hosts say comes */
  constructor(control: ControlQueue, openQueues: OpenQueues, route: () => RemoteRoute) {
    this.#control = control;
    this.#openQueues = openQueues;
    this.#route = route;
  }

  /**
   * Waits until each host has had its time to see the order.
   * @param forMs how long it may take to obey, in milliseconds
   * @throws UnsupportedError before anything is put
   */
  async give(what: Partial<OrderRecord>, forMs = 0): Promise<ObeyedRecord[]> {
    await this.#control.read();
    const order = randomUUID();
    const heard: ObeyedRecord[] = [];
    const { replyTo, forget } = await this.#route().awaitObeyed(order, (obeyed) => heard.push(obeyed));
    const record: OrderRecord = { ...what, version: 1, order, replyTo };
    try {
      await this.#control.put(record);
      await abortableDelay(this.#openQueues.leaseMs / 3 + LATE_MS + forMs, this.#closing.signal);
      return heard;
    } finally {
      forget();
      // Hosts that see it later remove it.
      if (!this.#closing.signal.aborted) await this.#control.remove(record).catch(() => {});
    }
  }

  /** Says what this process has done. Whoever has given the order may be gone. */
  async obeyed({ order, replyTo }: OrderRecord, answers?: unknown): Promise<void> {
    const { put, isRead, giveBack } = this.#openQueues.borrow(replyTo);
    const said: ObeyedRecord = {
      version: 1,
      obeyed: order,
      host: hostName(),
      ...(answers !== undefined && { answers }),
    };
    try {
      if (await isRead()) await put(said);
    } finally {
      giveBack();
    }
  }

  /** Nobody waits any more. */
  close(): void {
    this.#closing.abort();
  }
}
