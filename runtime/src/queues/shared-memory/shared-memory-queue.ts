import type {
  DeadLetters,
  Lease,
  NackOptions,
  Outcome,
  PermitChange,
  PutOptions,
  Queue,
  QueueCounts,
  QueueFactory,
  QueueLimit,
  QueueSupport,
  ReserveOptions,
} from '../../contracts/queue.js';
import { OptionError, UnsupportedError } from '../../errors/errors.js';
import { mustBeSupported } from '../../platform/host.js';
import { QUEUE_NEEDS } from '../../platform/needs.js';
import { mustBeAllowed } from '../../platform/permissions.js';
import { TAKES_ENCODED } from '../wire/index.js';
import { counts, drain, peek, withdraw } from './admin.js';
import { buryWithReason, recordWithReason } from './bury-with-reason.js';
import { changePermit } from './change-permit.js';
import { keepFromCleaner } from './cleaning.js';
import { Consumer } from './consumer.js';
import { SharedMemoryDeadLetters } from './dead-letters.js';
import { decodeCopy } from './decode.js';
import { runDueTimers } from './expiry.js';
import { removeFiles } from './large-values.js';
import { HEADER } from './layout.js';
import {
  checkInteger,
  checkNumber,
  type ResolvedOptions,
  resolveOptions,
  type SharedMemoryQueueOptions,
  type SharedMemoryQueuesOptions,
} from './options.js';
import { Producer } from './producer.js';
import { QueueConnection } from './queue-connection.js';
import { makePrivateQueue, openQueueFile } from './queue-file.js';
import { checkQueueName, privateQueueName } from './queue-name.js';
import type { QueueSegment } from './queue-segment.js';
import { ack, extend, nack } from './settle.js';

const MAX_DELAY_MS = 2 ** 40;

/**
 * A queue in shared memory that survives the death of anybody.
 *
 * - with a name, unrelated processes of one user and machine share it, until it is destroyed or the machine restarts
 * - without a name it is this process's own and gone with it
 * - a lease belongs to the process that reserved: it is given back when that process dies, at the latest when it ends
 * - a value given back keeps its place in the order
 */
export class SharedMemoryQueue<T = unknown> implements Queue<T> {
  readonly name: string;
  readonly [TAKES_ENCODED] = true;
  readonly supports: QueueSupport;
  readonly reserveAtOnce = 256;
  readonly dead: DeadLetters<T>;
  readonly #connection: QueueConnection;
  readonly #producer: Producer;
  readonly #largeFromBytes: number;
  readonly #consumer: Consumer;
  readonly #leaseMs: number;

  /**
   * Opens the queue of that name, or makes it.
   * @throws MprocError `ERR_QUEUE_NAME`, `ERR_QUEUE_NOT_FOUND`, `ERR_QUEUE_FULL` (too many processes), `ERR_MEMORY_FULL`,
   *   `ERR_SEGMENT_UNSAFE`, `ERR_SEGMENT_CORRUPT`, `ERR_SEGMENT_VERSION`, `ERR_PLATFORM`, `ERR_SYSTEM`
   */
  constructor(name?: string, options?: SharedMemoryQueueOptions) {
    const resolved = resolveOptions(options);
    const shared = name !== undefined;
    mustBeSupported();
    mustBeAllowed('a queue in shared memory', QUEUE_NEEDS);
    const { segment, connection } = openConnection(shared ? checkQueueName(name) : undefined, resolved);
    this.name = segment.name;
    this.supports = supportOf(shared);
    this.#leaseMs = resolved.leaseMs;
    this.#connection = connection;
    this.#largeFromBytes = largeFrom(segment);
    this.#producer = new Producer(this.#connection, segment.name, this.#largeFromBytes);
    this.#consumer = new Consumer(this.#connection, segment, resolved);
    this.dead = new SharedMemoryDeadLetters(this.#connection, (sequence) => segment.idOf(sequence));
  }

  /** The same as `new SharedMemoryQueue(name, options)`. */
  static open<T = unknown>(name: string, options?: SharedMemoryQueueOptions): SharedMemoryQueue<T> {
    return new SharedMemoryQueue<T>(checkQueueName(name), options);
  }

  /** All of them are put, or none. @throws QueueFullError, OptionError, ValueError */
  async put(values: T | readonly T[], options: PutOptions = {}): Promise<string[]> {
    const { priority = 0, delayMs = 0, dedupeKey, dedupeKeys, limitKeys, tx } = options;
    if (tx !== undefined) throw new UnsupportedError(`queue ${this.name}`, 'tx');
    checkInteger('priority', priority, -(2 ** 31), 2 ** 31 - 1);
    checkNumber('delayMs', delayMs, 0, MAX_DELAY_MS);
    return this.#producer.put(Array.isArray(values) ? values : [values], {
      priority,
      delayMs,
      dedupeKey: dedupeKeys ?? dedupeKey,
      limitKeys,
    });
  }

  async reserve(max: number, options: ReserveOptions = {}): Promise<Lease<T>[]> {
    checkInteger('max', max, 0, Number.MAX_SAFE_INTEGER);
    const { waitMs = 0, signal, limit } = options;
    if (limit?.rate !== undefined) throw new UnsupportedError(`queue ${this.name}`, 'a rate');
    checkNumber('waitMs', waitMs, 0, Number.POSITIVE_INFINITY);
    return (await this.#consumer.reserve(max, waitMs, signal, limit)) as Lease<T>[];
  }

  async pop(): Promise<T | undefined> {
    for (;;) {
      const [lease] = await this.reserve(1);
      if (lease === undefined) return undefined;
      const [outcome] = await this.ack([lease]);
      if (outcome === 'ok') return lease.value;
    }
  }

  async ack(leases: readonly Lease<T>[]): Promise<Outcome[]> {
    const outcomes: Outcome[] = [];
    const files: string[] = [];
    const isLimited = leases.some((lease) => lease.isLimited);
    await this.#connection.withLock(({ locked, nowMs, notifySleepers }) => {
      // Another of its limit may be handed out now.
      if (isLimited) notifySleepers();
      ack(locked, leases, nowMs, outcomes, files);
    });
    removeFiles(files);
    return outcomes;
  }

  async nack(leases: readonly Lease<T>[], options: NackOptions = {}): Promise<Outcome[]> {
    checkNumber('delayMs', options.delayMs ?? 0, 0, MAX_DELAY_MS);
    const outcomes: Outcome[] = [];
    const { dead, reason } = options;
    const records = leases.map(({ value }) =>
      dead && reason ? recordWithReason(value, reason, this.#largeFromBytes) : undefined,
    );
    await this.#connection.withLock(({ locked, nowMs, notifySleepers }) => {
      notifySleepers();
      for (const [index, lease] of leases.entries()) {
        const record = outcomes.length > index ? undefined : records[index];
        const isBuried = record && buryWithReason(locked, lease, record, nowMs);
        if (isBuried !== undefined) outcomes.push(isBuried ? 'ok' : 'lost');
        else nack(locked, leases.slice(0, index + 1), nowMs, outcomes, options);
      }
    });
    return outcomes;
  }

  async extend(leases: readonly Lease<T>[], ms: number = this.#leaseMs): Promise<Outcome[]> {
    checkNumber('ms', ms, 1, MAX_DELAY_MS);
    const outcomes: Outcome[] = [];
    await this.#connection.withLock(({ locked, nowMs, notifySleepers }) => {
      // A lease may end sooner now than who sleeps has reckoned with.
      notifySleepers();
      extend(locked, leases, nowMs, outcomes, ms);
    });
    return outcomes;
  }

  async permit(lease: Lease<T>, change: PermitChange, limit: QueueLimit): Promise<boolean> {
    return this.#connection.withLock(({ locked, nowMs, notifySleepers }) => {
      if (change === 'give') notifySleepers();
      return changePermit(locked, lease, change, limit, nowMs);
    });
  }

  async counts(): Promise<QueueCounts> {
    return this.#connection.withLock((section) => {
      runDueTimers(section);
      return counts(section.locked);
    });
  }

  async size(): Promise<number> {
    const { ready, delayed } = await this.counts();
    return ready + delayed;
  }

  async getAll(options: { readonly limit?: number; readonly empty?: boolean } = {}): Promise<T[]> {
    const { limit = Number.MAX_SAFE_INTEGER, empty = false } = options;
    checkInteger('limit', limit, 0, Number.MAX_SAFE_INTEGER);
    return empty ? this.#takeAll(limit) : this.#peek(0, limit);
  }

  async at(index: number): Promise<T | undefined> {
    checkInteger('index', index, 0, Number.MAX_SAFE_INTEGER);
    return (await this.#peek(index, 1))[0];
  }

  async #peek(from: number, limit: number): Promise<T[]> {
    const copy = await this.#connection.withLock((section) => {
      runDueTimers(section);
      return peek(section.locked, from, limit);
    });
    return copy.flatMap((one) => {
      const decoded = decodeCopy(one);
      return 'value' in decoded ? [decoded.value as T] : [];
    });
  }

  async #takeAll(limit: number): Promise<T[]> {
    const values: T[] = [];
    const files: string[] = [];
    await this.#connection.withLock((section) => {
      runDueTimers(section);
      drain(section.locked, limit - values.length, files, {
        read: decodeCopy,
        accept: (decoded) => {
          if ('value' in decoded) values.push(decoded.value as T);
          return 'value' in decoded;
        },
      });
    });
    removeFiles(files);
    return values;
  }

  async clear(): Promise<number> {
    const files: string[] = [];
    let count = 0;
    await this.#connection.withLock((section) => {
      runDueTimers(section);
      count += drain(section.locked, Number.MAX_SAFE_INTEGER, files);
    });
    removeFiles(files);
    return count;
  }

  async withdraw(ids: readonly string[]): Promise<number> {
    const files: string[] = [];
    let count = 0;
    await this.#connection.withLock((section) => {
      runDueTimers(section);
      count += withdraw(section.locked, new Set(ids), files);
    });
    removeFiles(files);
    return count;
  }

  /** Takes value after value until the queue is empty. */
  async *[Symbol.asyncIterator](): AsyncGenerator<T, void, undefined> {
    for (;;) {
      const [lease] = await this.reserve(1);
      if (lease === undefined) return;
      const [outcome] = await this.ack([lease]);
      if (outcome === 'ok') yield lease.value;
    }
  }

  close(): Promise<void> {
    return this.#connection.close();
  }

  destroy(): Promise<void> {
    return this.#connection.destroy();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/**
 * A factory of queues in shared memory, for `ProcessPool`'s `queues` and for the test kit.
 * @throws OptionError
 */
export function sharedMemoryQueue<T = unknown>({
  prefix = '',
  ...options
}: SharedMemoryQueuesOptions = {}): QueueFactory<T> {
  if (typeof prefix !== 'string')
    throw new OptionError(`option prefix must be a text, such as 'shop.'; received ${String(prefix)}`);
  return (name, { leaseMs, maxAttempts, isSmall = false }) =>
    new SharedMemoryQueue<T>(`${prefix}${name}`, { ...options, leaseMs, maxAttempts, isSmall });
}

const MAX_OPENINGS = 100;

/** Opens the memory and enters it. A queue that was destroyed in between is opened once more. */
function openConnection(
  name: string | undefined,
  { memoryBytes, lockTimeoutMs, create }: ResolvedOptions,
): { segment: QueueSegment; connection: QueueConnection } {
  for (let tries = 1; ; tries += 1) {
    const segment =
      name === undefined
        ? makePrivateQueue(privateQueueName(), memoryBytes)
        : openQueueFile(name, memoryBytes, create);
    try {
      const connection = new QueueConnection(segment, { lockTimeoutMs, shared: name !== undefined });
      if (keepFromCleaner(segment) || tries === MAX_OPENINGS) return { segment, connection };
    } catch (error) {
      segment.detach();
      throw error;
    }
    segment.detach();
  }
}

function supportOf(shared: boolean): QueueSupport {
  return {
    priority: true,
    delay: true,
    dedupe: true,
    dedupeKeys: true,
    extend: true,
    peek: true,
    dead: true,
    shared,
    durable: shared,
    withdraw: true,
    limits: 'atOnce',
  };
}

/** Values from this size on get a file of their own. */
function largeFrom(segment: QueueSegment): number {
  return Math.floor((segment.mapping.lengthBytes - HEADER.lengthBytes) / 8);
}
