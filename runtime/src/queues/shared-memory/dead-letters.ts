import type { DeadLetter, DeadLetters } from '../../contracts/queue.js';
import { clearDead, deadRecords, requeueDead } from './admin.js';
import { decodeCopy } from './decode.js';
import { runDueTimers } from './expiry.js';
import { removeFiles } from './large-values.js';
import type { QueueConnection } from './queue-connection.js';

export class SharedMemoryDeadLetters<T> implements DeadLetters<T> {
  readonly #connection: QueueConnection;
  readonly #idOf: (sequence: number) => string;

  constructor(connection: QueueConnection, idOf: (sequence: number) => string) {
    this.#connection = connection;
    this.#idOf = idOf;
  }

  async getAll({
    limit = Number.MAX_SAFE_INTEGER,
  }: {
    readonly limit?: number;
  } = {}): Promise<DeadLetter<T>[]> {
    const records = await this.#connection.withLock((section) => {
      runDueTimers(section);
      return deadRecords(section.locked, limit);
    });
    return records.map((record) => {
      const decoded = decodeCopy(record);
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
    await this.#connection.withLock((section) => {
      section.notifySleepers();
      count += requeueDead(section.locked, chosen);
    });
    return count;
  }

  clear(): Promise<number> {
    return this.#remove(undefined);
  }

  remove(ids: readonly string[]): Promise<number> {
    return this.#remove(new Set(ids));
  }

  async #remove(ids: ReadonlySet<string> | undefined): Promise<number> {
    const files: string[] = [];
    let count = 0;
    await this.#connection.withLock(({ locked }) => {
      count += clearDead(locked, ids, files);
    });
    removeFiles(files);
    return count;
  }
}
