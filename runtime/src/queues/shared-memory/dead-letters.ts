import type { DeadLetter, DeadLetters } from '../../contracts/queue.js';
import { clearDead, deadRecords, requeueDead } from './contents.js';
import { decodeTaken } from './decode.js';
import type { Inside, QueueHandle } from './handle.js';
import { removeFiles } from './large-values.js';

export class SharedMemoryDeadLetters<T> implements DeadLetters<T> {
  readonly #handle: QueueHandle;
  readonly #idOf: (sequence: number) => string;
  readonly #runTimers: (inside: Inside) => void;

  constructor(handle: QueueHandle, idOf: (sequence: number) => string, runTimers: (inside: Inside) => void) {
    this.#handle = handle;
    this.#idOf = idOf;
    this.#runTimers = runTimers;
  }

  async getAll({
    limit = Number.MAX_SAFE_INTEGER,
  }: {
    readonly limit?: number;
  } = {}): Promise<DeadLetter<T>[]> {
    const records = await this.#handle.locked((inside) => {
      this.#runTimers(inside);
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
      count += requeueDead(inside.store, chosen);
      inside.wake();
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
