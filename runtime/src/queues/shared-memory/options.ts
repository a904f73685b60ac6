import { OptionError } from '../../errors/errors.js';
import { mustKnowOptions } from '../../options/known-options.js';
import { looksOnly } from '../look-only.js';
import { MAX_ATTEMPT } from './state-word.js';

export interface SharedMemoryQueueOptions {
  /** How long a delivery is its holder's, in milliseconds. @default 30_000 */
  readonly leaseMs?: number;
  /** How often a value is handed out before it goes to `dead`. The policy of who reserves it applies. @default 3 */
  readonly maxAttempts?: number;
  /** Size of a queue that is made; one that exists keeps its own. At least 65,536. @default 16 MiB, or 64 KiB with `isSmall` */
  readonly memoryBytes?: number;
  /** It holds a few small values at a time. @default false */
  readonly isSmall?: boolean;
  /** Taken, as all that a pool gives its `queues` is, and left out: pools remove such queues themselves. @default none */
  readonly expiresUnusedMs?: number;
  /** How long to wait for a process that holds the queue, lives and does not go on, in milliseconds. @default 5_000 */
  readonly lockTimeoutMs?: number;
  /** `false`: only a queue that exists is opened, else `ERR_QUEUE_NOT_FOUND`. @default true */
  readonly create?: boolean;
}

/** Options of queues in shared memory that a pool makes by their names. */
export interface SharedMemoryQueuesOptions extends SharedMemoryQueueOptions {
  /**
   * What the names of the queues begin with, such as `'shop.'`. All programs of one user on a machine share queues of one name.
   * @default ''
   * @throws OptionError where it is no text
   */
  readonly prefix?: string;
}

export type ResolvedOptions = Required<Omit<SharedMemoryQueueOptions, 'isSmall' | 'expiresUnusedMs'>>;

const MIN_MEMORY_BYTES = 65_536;
const MAX_MEMORY_BYTES = 2 ** 34;
const MAX_MS = 2 ** 31 - 1;

const KNOWN: Record<keyof SharedMemoryQueueOptions, true> = {
  leaseMs: true,
  maxAttempts: true,
  memoryBytes: true,
  isSmall: true,
  expiresUnusedMs: true,
  lockTimeoutMs: true,
  create: true,
};

export function resolveOptions(options: SharedMemoryQueueOptions = {}): ResolvedOptions {
  mustKnowOptions('a shared-memory queue', options, KNOWN);
  const { leaseMs = 30_000, maxAttempts = 3, lockTimeoutMs = 5_000, isSmall = false } = options;
  const { memoryBytes = isSmall ? MIN_MEMORY_BYTES : 16 * 2 ** 20 } = options;
  checkNumber('leaseMs', leaseMs, 1, MAX_MS);
  checkNumber('maxAttempts', maxAttempts, 1, MAX_ATTEMPT - 1);
  checkNumber('memoryBytes', memoryBytes, MIN_MEMORY_BYTES, MAX_MEMORY_BYTES);
  checkNumber('lockTimeoutMs', lockTimeoutMs, 1, MAX_MS);
  return {
    leaseMs,
    maxAttempts,
    memoryBytes,
    lockTimeoutMs,
    create: options.create ?? !looksOnly(),
  };
}

/** @throws OptionError unless the value is a number from `min` to `max` */
export function checkNumber(name: string, value: unknown, min: number, max: number): asserts value is number {
  if (typeof value === 'number' && value >= min && value <= max) return;
  throw new OptionError(
    `option \`${name}\` must be a number from ${min} to ${max}, received ${String(value)}`,
  );
}

/** @throws OptionError unless the value is a whole number from `min` to `max` */
export function checkInteger(
  name: string,
  value: unknown,
  min: number,
  max: number,
): asserts value is number {
  checkNumber(name, value, min, max);
  if (!Number.isInteger(value))
    throw new OptionError(`option \`${name}\` must be a whole number, received ${value}`);
}
