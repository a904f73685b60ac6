import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { HistoryFilter } from '../../contracts/queue.js';
import { UnsupportedError } from '../../errors/errors.js';
import { type AnsweredJob, errorLine } from '../../pool/history/answered-job.js';
import { HISTORY_QUEUE } from '../../pool/remote/queue-names.js';
import { answeredJobOf } from '../../pool/remote/remote-history.js';
import { encodeRecord } from '../../queues/wire/index.js';
import { printable, shown } from './letter.js';
import { type OpenedQueue, openQueues, type QueueChoice } from './open-queues.js';

/** An answered job as it is shown; what is not known is `null`. */
export interface KeptJob {
  readonly jobId: string;
  readonly class: string;
  readonly state: 'ok' | 'failed';
  /** How often it was run. */
  readonly attempts: number;
  readonly exitCode: number;
  /** Name and message of the error. */
  readonly error: string | null;
  /** The last attempt, in milliseconds. */
  readonly runMs: number | null;
  readonly host: string;
  /** ISO 8601. */
  readonly putAt: string | null;
  readonly answeredAt: string;
  readonly ageMs: number;
}

/** The same, with what it was given and what it returned. */
export interface WholeJob extends KeptJob {
  /** As a record of a queue has it: plain JSON where it is that. */
  readonly args: unknown;
  readonly body: unknown;
  /** For people. */
  readonly text: string;
}

/** The queues of answered jobs of the modules that are meant. @throws Error in one line */
export async function openHistories(choice: QueueChoice): Promise<OpenedQueue[]> {
  if (choice.modules.length === 0)
    throw new Error(
      'queues in shared memory keep no answered jobs; name a module: --queues src/queues/orders.queue.ts',
    );
  const names = choice.names.length > 0 ? choice.names : [HISTORY_QUEUE];
  return openQueues({ ...choice, names, classes: [] });
}

/** The newest first. @throws Error in one line; UnsupportedError */
export async function keptJobs(
  histories: readonly OpenedQueue[],
  filter: HistoryFilter & { readonly limit: number },
): Promise<AnsweredJob[]> {
  const found = await Promise.all(
    histories.map(async ({ name, queue, problem }) => {
      if (queue === undefined) throw new Error(`queue ${name}: ${problem}`);
      if (!queue.supports.history)
        throw new UnsupportedError(`queue ${name}`, 'keeping answered jobs (history)');
      return queue.history!.list(filter);
    }),
  );
  const jobs = found.flat().flatMap((entry) => answeredJobOf(entry) ?? []);
  return jobs.sort((a, b) => b.answeredAt.getTime() - a.answeredAt.getTime()).slice(0, filter.limit);
}

export function keptJob(job: AnsweredJob): KeptJob {
  const { jobId, state, attempts, exitCode, error, host, putAt, answeredAt } = job;
  const line = errorLine(error);
  return {
    jobId: printable(jobId),
    class: printable(job.class),
    state,
    attempts: attempts.length,
    exitCode,
    error: line === null ? null : printable(line),
    runMs: attempts.at(-1)?.runMs ?? null,
    host: printable(host),
    putAt: putAt?.toISOString() ?? null,
    answeredAt: answeredAt.toISOString(),
    ageMs: Math.max(0, Math.round(wallClockMs() - answeredAt.getTime())),
  };
}

export function wholeJob(job: AnsweredJob): WholeJob {
  const { args, body, error, attempts } = job;
  const rest = job.state === 'ok' ? { body } : { error };
  return {
    ...keptJob(job),
    args: plain(args),
    body: plain(body),
    text: shown({ args, ...rest, attempts }),
  };
}

function plain(value: unknown): unknown {
  return value === undefined ? null : JSON.parse(encodeRecord(value));
}
