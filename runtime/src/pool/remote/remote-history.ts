import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { HistoryEntry, HistoryKeep, Queue } from '../../contracts/queue.js';
import { UnsupportedError } from '../../errors/errors.js';
import { type AnsweredJob, errorLine, type HistoryOptions, historyFilter } from '../history/answered-job.js';
import type { Keep } from '../history/keep-options.js';
import { hostName } from '../host-name.js';
import type { OpenQueues } from './open-queues.js';
import { orRefusal } from './or-refusal.js';
import { attemptsOf, errorOf, isReplyRecord, type JobRecord, type ReplyRecord } from './records.js';
import { Together } from './together.js';
import { versioned } from './versioned.js';

/** What is kept of an answered job: the answer, and what it answers. */
interface AnsweredRecord extends ReplyRecord {
  readonly worker: string;
  readonly args: unknown;
  readonly putAt?: number;
  readonly answeredAt: number;
  readonly host: string;
}

type Keeping = Together<HistoryKeep<unknown>>;

/** Keeps answered jobs of all classes on one queue, `history`, and lists them. */
export class RemoteHistory {
  readonly #openQueues: OpenQueues;
  readonly #own: Keep | undefined;
  readonly #warn: (message: string) => void;
  /** By how many there may be at most. */
  readonly #keeping = new Map<number | undefined, Keeping>();
  #cannot = false;

  /**
   * @param own what this pool keeps of jobs that say nothing
   * @throws UnsupportedError where the pool keeps something and its engine does not
   */
  constructor(openQueues: OpenQueues, own: Keep | undefined, warn: (message: string) => void) {
    this.#openQueues = openQueues;
    this.#own = own;
    this.#warn = warn;
    if (own !== undefined) this.#queue();
  }

  /** @throws UnsupportedError */
  #queue(): Queue<unknown> {
    const queue = this.#openQueues.history();
    if (queue.supports.history) return queue;
    throw new UnsupportedError(`queue ${queue.name}`, 'keeping answered jobs (history)');
  }

  keeps(record: JobRecord, { ok }: ReplyRecord): boolean {
    return !this.#cannot && this.#forMs(record, ok) !== undefined;
  }

  #forMs({ keep = this.#own }: JobRecord, ok: boolean): number | undefined {
    return ok ? keep?.ok : keep?.failed;
  }

  /** Before the answer goes anywhere: a host that dies in between leaves the job to another, which keeps it again. */
  async keep(record: JobRecord, reply: ReplyRecord): Promise<void> {
    const forMs = this.#forMs(record, reply.ok);
    if (forMs === undefined || this.#cannot) return;
    const keeping = this.#keepingOf((record.keep ?? this.#own)?.most);
    if (keeping === undefined) return;
    await orRefusal(reply, (one) => keeping.add(entryOf(record, one, forMs)));
  }

  #keepingOf(most: number | undefined): Keeping | undefined {
    const known = this.#keeping.get(most);
    if (known !== undefined) return known;
    const queue = this.#openQueues.history();
    if (!queue.supports.history) {
      this.#cannot = true;
      this.#warn(
        `queue ${queue.name} keeps no answered jobs, as their callers ask: its adapter is of an earlier version`,
      );
      return undefined;
    }
    const options = most === undefined ? {} : { most };
    const together: Keeping = new Together((entries) => queue.history!.keep(entries, options));
    this.#keeping.set(most, together);
    return together;
  }

  /** The newest first. @throws OptionError, UnsupportedError */
  async list(options: HistoryOptions): Promise<AnsweredJob[]> {
    const filter = historyFilter(options);
    const entries = await this.#queue().history!.list(filter);
    return entries.flatMap((entry) => answeredJobOf(entry) ?? []);
  }
}

function entryOf(record: JobRecord, reply: ReplyRecord, forMs: number): HistoryKeep<AnsweredRecord> {
  const { id, worker, args, putAt } = record;
  const at = wallClockMs();
  const rest = { worker, args, answeredAt: at, host: hostName(), ...(putAt !== undefined && { putAt }) };
  const error = errorLine(errorOf(reply));
  return { id, kind: worker, ok: reply.ok, at, error, value: { ...reply, ...rest }, forMs };
}

/** @returns `undefined` for what is none, as anybody may have written it */
export function answeredJobOf({ at, value }: HistoryEntry<unknown>): AnsweredJob | undefined {
  const record = versioned<AnsweredRecord>(value);
  if (!isReplyRecord(record) || typeof (record as AnsweredRecord).worker !== 'string') return undefined;
  const { id, ok, body, exitCode, worker, args, putAt, host } = record as AnsweredRecord;
  return {
    jobId: id,
    class: worker,
    state: ok ? 'ok' : 'failed',
    args,
    ...(ok ? { body } : { error: errorOf(record as AnsweredRecord)! }),
    exitCode,
    attempts: attemptsOf(record),
    putAt: typeof putAt === 'number' ? new Date(putAt) : undefined,
    answeredAt: new Date(at),
    host: String(host),
  };
}
