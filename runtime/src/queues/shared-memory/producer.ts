import { monotonicMs } from '../../clock/monotonic-ms.js';
import { removeFiles, writeLargeValue } from './large-values.js';
import { assertRoom, put } from './put.js';
import type { QueueConnection } from './queue-connection.js';
import { largeValuePath } from './queue-name.js';
import { type PreparedRecord, prepareRecords } from './record.js';

/** Puts values: what can be done outside the lock is done before it. */
export class Producer {
  readonly #connection: QueueConnection;
  readonly #name: string;
  readonly #largeFromBytes: number;

  constructor(connection: QueueConnection, name: string, largeFromBytes: number) {
    this.#connection = connection;
    this.#name = name;
    this.#largeFromBytes = largeFromBytes;
  }

  async put(
    values: readonly unknown[],
    options: {
      priority: number;
      delayMs: number;
      dedupeKey: string | undefined | readonly string[];
      limitKeys?: readonly string[] | undefined;
    },
  ): Promise<string[]> {
    const { priority, delayMs, dedupeKey, limitKeys } = options;
    const records = prepareRecords(values, dedupeKey, this.#largeFromBytes);
    const visibleAtMs = delayMs > 0 ? monotonicMs() + delayMs : undefined;
    const fileNumbers = this.#writeFiles(records);
    const ids: string[] = [];
    const unused: PreparedRecord[] = [];
    try {
      await this.#connection.withLock(({ locked, notifySleepers }) => {
        assertRoom(locked, records.slice(ids.length));
        notifySleepers();
        unused.push(...put(locked, { records, fileNumbers, priority, visibleAtMs, limitKeys }, ids));
      });
    } catch (error) {
      // What was published before the error keeps its file.
      unused.push(...records.slice(ids.length));
      throw error;
    } finally {
      this.#removeFiles(unused, fileNumbers);
    }
    return ids;
  }

  #writeFiles(records: readonly PreparedRecord[]): Map<PreparedRecord, number> {
    const numbers = new Map<PreparedRecord, number>();
    try {
      for (const record of records)
        if (record.inFile) numbers.set(record, writeLargeValue(this.#name, record.inFile));
      return numbers;
    } catch (error) {
      this.#removeFiles(records, numbers);
      throw error;
    }
  }

  #removeFiles(records: readonly PreparedRecord[], numbers: ReadonlyMap<PreparedRecord, number>): void {
    const paths = records.flatMap((record) => {
      const number = numbers.get(record);
      return number === undefined ? [] : [largeValuePath(this.#name, process.pid, number)];
    });
    removeFiles(paths);
  }
}
