import { isCanceledRecord, isObeyedRecord, type ObeyedRecord } from './control-records.js';

/** What other pools were asked for, and what they say to it on a route's queue of answers. */
export class HostReplies {
  /** Jobs that other pools were asked to cancel. */
  readonly #asked = new Map<string, (ok: boolean) => void>();
  /** Orders to hosts, by their ids. */
  readonly #orders = new Map<string, (obeyed: ObeyedRecord) => void>();

  /** Another pool is asked to cancel a job. */
  awaitCanceled(jobId: string): Promise<boolean> {
    return new Promise((resolve) => {
      this.#asked.set(jobId, (ok) => {
        this.#asked.delete(jobId);
        resolve(ok);
      });
    });
  }

  /**
   * Hosts are given an order.
   * @returns what ends the waiting for those that obey
   */
  awaitObeyed(order: string, onObeyed: (obeyed: ObeyedRecord) => void): () => void {
    this.#orders.set(order, onObeyed);
    return () => this.#orders.delete(order);
  }

  /** @returns `false` when the record is no such reply */
  read(record: unknown): boolean {
    if (isObeyedRecord(record)) this.#orders.get(record.obeyed)?.(record);
    else if (isCanceledRecord(record)) this.#asked.get(record.canceled)?.(record.ok);
    else return false;
    return true;
  }
}
