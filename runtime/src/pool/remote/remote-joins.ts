import { clearInterval, setInterval } from '../../clock/timers.js';
import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { Logger } from '../../contracts/logger.js';
import type { HeldValue, HistoryKeep, JoinedValue, Queue } from '../../contracts/queue.js';
import { JobCanceledError, MprocError, QueueClosedError, UnsupportedError } from '../../errors/errors.js';
import { errorLine } from '../history/answered-job.js';
import type { OpenQueues } from './open-queues.js';
import { orRefusal } from './or-refusal.js';
import { jobQueueName } from './queue-names.js';
import { deadError, errorOf, isJobRecord, type JobRecord, type ReplyRecord, refusalOf } from './records.js';
import { isPassing } from './retry-while-unavailable.js';
import { Together } from './together.js';
import { versioned } from './versioned.js';
import { type WhereJobIs, whereJobsAre } from './where-jobs-are.js';

/** How long what became of a submitted job can be joined, in milliseconds, and of how many. */
const JOINABLE_MS = 5 * 60_000;
const MOST_JOINABLE = 100_000;
/** How long a host has to put a job on its queue that nothing holds any more, in milliseconds; then another does. */
const MOVE_MS = 10_000;
/** Held jobs that are looked at together. */
const AT_ONCE = 100;
/** Looks for jobs that nothing holds between two looks for those that are awaited in vain. */
const LOOKS = 3;

/** A job that waits for others, as it lies on the queue of joins. */
interface HeldRecord {
  readonly version: 1;
  readonly held: JobRecord;
  readonly priority?: number;
  /** Not before that, in milliseconds since 1970. */
  readonly dueAt?: number;
}

/** What became of a submitted job. */
interface OutcomeRecord {
  readonly version: 1;
  readonly body?: unknown;
  readonly error?: unknown;
}

/** A job that is to come after others. */
export interface JobAfter {
  readonly record: JobRecord;
  readonly after: readonly string[];
  readonly goesOn: boolean;
  readonly priority: number;
  readonly dueAt: number | undefined;
}

/** Holds jobs until those before them are done, on one queue of all hosts, `joins`; and puts them on their own then. */
export class RemoteJoins {
  readonly #openQueues: OpenQueues;
  readonly #logger: Logger;
  readonly #arriving: Together<HistoryKeep<unknown>>;
  #timer: NodeJS.Timeout | undefined;
  #looks = 0;
  #looking: Promise<void> | undefined;

  constructor(openQueues: OpenQueues, logger: Logger) {
    this.#openQueues = openQueues;
    this.#logger = logger;
    this.#arriving = new Together((entries) => this.#arrive(entries));
  }

  /** @throws UnsupportedError */
  mustSupport(queue: Queue<unknown>): void {
    if (!canJoin(queue)) throw new UnsupportedError(`queue ${queue.name}`, 'jobs after others (joins)');
  }

  get #queue(): Queue<unknown> {
    return this.#openQueues.joins();
  }

  /** A host looks from now on for jobs that nothing holds, though whoever should have put them on their queues has died. */
  watch(queue: Queue<unknown>): void {
    if (this.#timer !== undefined || !canJoin(queue)) return;
    this.#timer = setInterval(() => void this.#look(), this.#openQueues.leaseMs / LOOKS);
    this.#timer.unref();
  }

  /** Looks no more; resolves when nothing is under way. */
  async stop(): Promise<void> {
    clearInterval(this.#timer);
    await this.#looking;
  }

  /** @throws MprocError `ERR_JOB_UNKNOWN` for one that no queue has and whose answer is not kept */
  async mustKnow(ids: readonly string[]): Promise<void> {
    const known = new Set(await this.#queue.joins!.holds(ids));
    for (const id of await this.#answered(ids)) known.add(id);
    const places = await whereJobsAre(
      this.#openQueues,
      ids.filter((id) => !known.has(id)),
    );
    const lost = [...places].filter(([, where]) => where !== 'there');
    // Some may have been answered, or let go of, meanwhile.
    const late = lost.length === 0 ? [] : await this.#answered(lost.map(([id]) => id));
    for (const [id, where] of lost) {
      if (late.includes(id)) continue;
      const kept = where === 'gone' ? await this.#kept(id) : undefined;
      if (kept !== undefined) await this.#arriving.add(kept);
      else if (where === 'gone') throw unknownJob(id);
      else await this.#arriving.add(lostEntry(id, where));
    }
  }

  async #answered(ids: readonly string[]): Promise<string[]> {
    if (ids.length === 0) return [];
    const entries = await this.#queue.history!.list({ ids, limit: ids.length });
    return entries.map(({ id }) => id);
  }

  /** What the option `keep` has kept of it for longer than that. */
  async #kept(id: string): Promise<HistoryKeep<unknown> | undefined> {
    const [entry] = await this.#openQueues.history().history!.list({ ids: [id], limit: 1 });
    if (entry === undefined) return undefined;
    const { body, error } = (entry.value ?? {}) as Partial<ReplyRecord>;
    const value: OutcomeRecord = { version: 1, ...(entry.ok ? { body } : { error }) };
    return { ...entry, value, forMs: JOINABLE_MS };
  }

  /** Puts jobs, all of them or none: those that nothing holds go on to their queues. */
  async hold(jobs: readonly JobAfter[]): Promise<void> {
    const values = jobs.map(({ record, after, goesOn, priority, dueAt }): HeldValue<HeldRecord> => {
      const held = goesOn ? { ...record, goesOn } : record;
      const when = { ...(priority !== 0 && { priority }), ...(dueAt !== undefined && { dueAt }) };
      return { id: record.id, value: { version: 1, held, ...when }, after, goesOn };
    });
    await this.#queue.joins!.hold(values);
    // They are there: whatever goes wrong now, a host puts them on their queues.
    await this.#move().catch((error) => this.#warn(error));
  }

  /** A submitted job has its answer, which those after it wait for; before it leaves its queue. */
  async arrive(queue: Queue<unknown>, reply: ReplyRecord, worker: string): Promise<void> {
    if (!canJoin(queue)) return;
    await orRefusal(reply, (one) => this.#arriving.add(entryOf(one, worker)));
  }

  /** Has the job, which came after others, succeeded before? Two hosts may have put it on its queue. */
  async hasSucceeded(id: string): Promise<boolean> {
    return (await this.#queue.history!.list({ ids: [id], ok: true, limit: 1 })).length > 0;
  }

  /** A submitted job was taken off its queue, or is held and is not to be any more. @returns whether it was held */
  async canceled(queue: Queue<unknown>, id: string, wasTaken: boolean): Promise<boolean> {
    if (!canJoin(queue)) return false;
    const isHeld = !wasTaken && (await this.#queue.joins!.holds([id])).length > 0;
    if (isHeld) await this.#queue.joins!.release([id]);
    if (isHeld || wasTaken) await this.#arriving.add(entryOf(refusalOf(id, new JobCanceledError(id)), ''));
    return isHeld;
  }

  async #arrive(entries: readonly HistoryKeep<unknown>[]): Promise<void> {
    if (await this.#queue.joins!.arrive(entries, { most: MOST_JOINABLE })) await this.#move();
  }

  /** Jobs that nothing holds go to their queues. */
  async #move(): Promise<void> {
    for (let more = true; more; ) {
      const joined = await this.#queue.joins!.joined(AT_ONCE, MOVE_MS);
      for (const one of joined) await this.#put(one);
      await this.#queue.joins!.release(joined.map(({ id }) => id));
      more = joined.length === AT_ONCE;
    }
  }

  async #put({ id, value, before }: JoinedValue<unknown>): Promise<void> {
    const record = heldOf(value);
    if (record === undefined) {
      this.#logger.error(`queue ${this.#queue.name} held a record ${id} that is no job; it was dropped`);
      return;
    }
    const { held, priority = 0, dueAt = 0 } = record;
    const after = before.map((one) => ({
      id: one.id,
      ok: one.ok,
      ...(one.value as Omit<OutcomeRecord, 'version'>),
    }));
    const delayMs = Math.max(0, dueAt - wallClockMs());
    const queue = this.#openQueues.jobs(jobQueueName(held.worker));
    await queue.put({ ...held, after }, { dedupeKey: id, priority, delayMs });
  }

  #look(): Promise<void> {
    this.#looking ??= this.#lookOnce()
      .catch((error) => this.#warn(error))
      .finally(() => {
        this.#looking = undefined;
      });
    return this.#looking;
  }

  async #lookOnce(): Promise<void> {
    await this.#move();
    this.#looks += 1;
    if (this.#looks % LOOKS === 0) await this.#lookForLost();
  }

  /** Jobs that others wait for in vain: their hosts have died too often, or somebody has cleared their queue. */
  async #lookForLost(): Promise<void> {
    const awaited = await this.#queue.joins!.awaited(AT_ONCE);
    const places = await whereJobsAre(this.#openQueues, awaited);
    const lost = [...places].filter(([, where]) => where !== 'there');
    if (lost.length === 0) return;
    const ids = lost.map(([id]) => id);
    // Some may have been answered meanwhile, or are held: a job is on its queue before it is let go of.
    const late = new Set([...(await this.#answered(ids)), ...(await this.#queue.joins!.holds(ids))]);
    for (const [id, where] of lost) if (!late.has(id)) await this.#arriving.add(lostEntry(id, where));
  }

  #warn(error: unknown): void {
    // Once this pool is closed, or the engine is away, other hosts look.
    if (error instanceof QueueClosedError || isPassing(error)) return;
    this.#logger.warn(`jobs that come after others could not be looked at: ${(error as Error).message}`);
  }
}

function canJoin({ supports }: Queue<unknown>): boolean {
  const { joins, history, dedupe, delay, peek, withdraw, dead } = supports;
  return Boolean(joins && history && dedupe && delay && peek && withdraw && dead);
}

function entryOf(reply: ReplyRecord, kind: string): HistoryKeep<OutcomeRecord> {
  const { id, ok, body, error } = reply;
  const value: OutcomeRecord = { version: 1, ...(ok ? { body } : { error }) };
  return { id, kind, ok, at: wallClockMs(), error: errorLine(errorOf(reply)), value, forMs: JOINABLE_MS };
}

function lostEntry(id: string, where: WhereJobIs): HistoryKeep<OutcomeRecord> {
  const reason =
    typeof where === 'object' ? where.reason : 'it is on no queue any more, as if somebody had cleared it';
  return entryOf(refusalOf(id, deadError(id, reason)), '');
}

function heldOf(value: unknown): HeldRecord | undefined {
  const record = versioned<HeldRecord>(value);
  if (!isJobRecord(record?.held)) return undefined;
  const { priority, dueAt } = record;
  const areNumbers = [priority, dueAt].every((one) => one === undefined || Number.isFinite(one));
  return areNumbers ? (record as HeldRecord) : undefined;
}

function unknownJob(id: string): MprocError {
  return new MprocError(
    'ERR_JOB_UNKNOWN',
    `job ${id} is not known: it is none of submit or flow, or was answered more than ${JOINABLE_MS / 60_000} minutes ago and its pool has no option keep for it`,
  );
}
