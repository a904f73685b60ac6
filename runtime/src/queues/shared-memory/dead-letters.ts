import type { DeadLetter, DeadLetters } from '../../contracts/queue.js';
import { clearDead, deadRecords, requeueDead } from './contents.js';
import { decodeTaken } from './decode.js';
import type { QueueHandle } from './handle.js';
import { removeFiles } from './large-values.js';
import { runTimers } from './timers.js';

export class SharedMemoryDeadLetters<T> implements DeadLetters<T> {
  readonly #handle: QueueHandle;
  readonly #idOf: (sequence: number) => string;

  constructor(handle: QueueHandle, idOf: (sequence: number) => string) {
    this.#handle = handle;
    this.#idOf = idOf;
  }

  async getAll({
    limit = Number.MAX_SAFE_INTEGER,
  }: {
    readonly limit?: number;
  } = {}): Promise<DeadLetter<T>[]> {
    const records = await this.#handle.locked((inside) => {
      runTimers(inside);
      return deadRecords(inside.store, limit);
    });
    return records.map((record) => {
      const decoded = decodeTaken(record);
      return {
        id: this.#idOf(record.sequence),
        value: 'value' in decoded ? (decoded.value as T) : undefined,
        attempt: record.attempt,
        reason: 'broken' in decoded ? `${record.reason}: ${decoded.broken}` : record.reason,
      };
    });
  }

  async requeue(ids?: readonly string[]): Promise<number> {
    const chosen = ids && new Set(ids);
    let count = 0;
    await this.#handle.locked((inside) => {
      inside.ringSleepers();
      count += requeueDead(inside.store, chosen);
    });
    return count;
  }

  async clear(): Promise<number> {
    const files: string[] = [];
    let count = 0;
    await this.#handle.locked(({ store }) => {
      count += clearDead(store, files);
    });
    removeFiles(files);
    return count;
  }
}
