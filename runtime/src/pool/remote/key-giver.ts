import type { Lease, Queue, QueueLimit } from '../../contracts/queue.js';
import type { Limit } from '../limits/limits.js';
import { isJobRecord } from './records.js';

/** Gives jobs that were put without a limit key the one that they have, so that they keep to the limit, too. */
export class KeyGiver {
  readonly #queue: Queue<unknown>;
  readonly limit: Limit & QueueLimit;

  constructor(queue: Queue<unknown>, limit: Limit) {
    this.#queue = queue;
    this.limit = limit;
  }

  /** @returns those that may begin; the others are on their queue again, with a key */
  async give(leases: readonly Lease<unknown>[]): Promise<readonly Lease<unknown>[]> {
    if (leases.every(({ isLimited }) => isLimited)) return leases;
    const byKey = new Map<string, Lease<unknown>[]>();
    const ready = leases.filter((lease) => {
      const key = this.#missingKeyOf(lease);
      if (key === undefined) return true;
      byKey.set(key, [...(byKey.get(key) ?? []), lease]);
      return false;
    });
    for (const [limitKey, unkeyed] of byKey)
      try {
        await this.#queue.nack(unkeyed, { refund: true, limitKey });
      } catch {
        // The server is away; the leases end by themselves.
      }
    return ready;
  }

  /** `undefined` where it has one, or can have none: then it is answered with the reason. */
  #missingKeyOf({ value, isLimited }: Lease<unknown>): string | undefined {
    if (isLimited || !isJobRecord(value)) return undefined;
    try {
      return this.limit.keyOf(value.args);
    } catch {
      return undefined;
    }
  }
}
