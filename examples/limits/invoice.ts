import { setTimeout as sleep } from 'node:timers/promises';
import { defineWorker } from 'mproc-worker';

export interface Order {
  readonly customer: string;
  readonly number: number;
}

export const invoice = defineWorker(
  import.meta.url,
  async (order: Order) => {
    const beganAt = Date.now();
    await sleep(200);
    return { ...order, beganAt, endedAt: Date.now() };
  },
  { name: 'invoice' },
);

/** Gives when it was sent. */
export const mail = defineWorker(import.meta.url, (_to: string) => Date.now(), { name: 'mail' });
