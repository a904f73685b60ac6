import type { PutOptions, Queue } from '../../contracts/queue.js';
import { encodedAs, encodeRecord, TAKES_ENCODED } from '../../queues/wire/index.js';
import { isRefusal } from './retry-while-unavailable.js';
import { roughBytes } from './rough-bytes.js';
import { Together } from './together.js';

/** Of one put at most. */
const MOST_JOBS = 1_000;
const MOST_BYTES = 2 ** 20;

/** What is put of a submitted job. */
export interface Submitted {
  readonly record: unknown;
  /** Where the queue knows keys. */
  readonly dedupeKey: string | undefined;
  /** Where its class has a limit, and the queue keeps it. */
  readonly limitKey: string | undefined;
  /** What else is said of it. */
  readonly options: PutOptions;
}

interface Weighed extends Submitted {
  /** Roughly. */
  readonly bytes: number;
}

/** Puts submitted jobs: one that comes alone at once, and those that come while that is put with one call, in their order. */
export class SubmitPuts {
  readonly #queues = new WeakMap<Queue<unknown>, Together<Weighed>>();

  /** @throws ValueError at once; what `put` of the queue throws */
  async put(queue: Queue<unknown>, submitted: Submitted): Promise<void> {
    const isAlone = submitted.dedupeKey !== undefined && !queue.supports.dedupeKeys;
    // One at a time, as many of them side by side as come. Only the caller says when a transaction of its own has what is put.
    if (isAlone || submitted.options.tx !== undefined) return putAll(queue, [submitted]);
    const together = this.#queues.get(queue) ?? togetherOn(queue);
    this.#queues.set(queue, together);
    await together.add(weighed(queue, submitted));
  }
}

/** What the caller does with its arguments from now on changes nothing, where the queue takes records. */
function weighed(queue: Queue<unknown>, submitted: Submitted): Weighed {
  if (!(TAKES_ENCODED in queue)) return { ...submitted, bytes: roughBytes(submitted.record) };
  const record = encodeRecord(submitted.record);
  return { ...submitted, record: encodedAs(record), bytes: record.length };
}

function togetherOn(queue: Queue<unknown>): Together<Weighed> {
  return new Together((some) => putAll(queue, some), { most: mostOf, isOfOne: isOfOneJob });
}

async function putAll(queue: Queue<unknown>, some: readonly Submitted[]): Promise<void> {
  const limitKeys = some.flatMap(({ limitKey }) => limitKey ?? []);
  const keys = some.flatMap(({ dedupeKey }) => dedupeKey ?? []);
  const ofLimit = limitKeys.length > 0 && { limitKeys };
  const one = keys.length === 1 && { dedupeKey: keys[0]! };
  const each = keys.length > 1 && { dedupeKeys: keys };
  await queue.put(
    some.map(({ record }) => record),
    { ...some[0]!.options, ...one, ...each, ...ofLimit },
  );
}

/** As many as one put can say the same of. */
function mostOf(waiting: Iterable<Weighed>): number {
  let count = 0;
  let bytes = 0;
  let first: Weighed | undefined;
  for (const job of waiting) {
    first ??= job;
    bytes += job.bytes;
    const hasRoom = count < MOST_JOBS && (bytes <= MOST_BYTES || count === 0);
    if (!hasRoom || !isAlike(first, job)) break;
    count += 1;
  }
  return count;
}

function isAlike(one: Submitted, other: Submitted): boolean {
  return (
    one.options.priority === other.options.priority &&
    one.options.delayMs === other.options.delayMs &&
    (one.limitKey === undefined) === (other.limitKey === undefined)
  );
}

/** It cannot be sent, or has no room beside the others. */
function isOfOneJob(error: unknown): boolean {
  return isRefusal(error) || (error as { code?: string }).code === 'ERR_QUEUE_FULL';
}
