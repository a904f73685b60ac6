import type { Queue } from '../../contracts/queue.js';
import { type CancelRecord, isCancelRecord } from './control-records.js';
import type { OpenQueues } from './open-queues.js';
import { jobQueueName, submittedClassOf } from './queue-names.js';
import { type JobRecord, jobIdsOn } from './records.js';

/** Nobody reserves a record in so many milliseconds that is withdrawn at once. */
const ASIDE_MS = 60_000;

/** Where a submitted job is: on its queue, or with a host; among the dead letters, for a reason; or on no queue at all. */
export type WhereJobIs = 'there' | 'gone' | { readonly reason: string };

/** Looks for submitted jobs by their ids. Its queues know dedupe keys, delays, peeks and withdrawals. */
export async function whereJobsAre(
  openQueues: OpenQueues,
  ids: readonly string[],
): Promise<Map<string, WhereJobIs>> {
  const byClass = new Map<string, string[]>();
  const found = new Map<string, WhereJobIs>();
  for (const id of ids) {
    const name = submittedClassOf(id);
    if (name === undefined) found.set(id, 'gone');
    else byClass.set(name, [...(byClass.get(name) ?? []), id]);
  }
  for (const [name, ofClass] of byClass)
    for (const [id, where] of await onQueue(openQueues.jobs(jobQueueName(name)), ofClass))
      found.set(id, where);
  return found;
}

async function onQueue(queue: Queue<unknown>, ids: readonly string[]): Promise<Map<string, WhereJobIs>> {
  const waiting = await jobIdsOn(queue);
  const found = new Map<string, WhereJobIs>(ids.map((id) => [id, 'there']));
  const unseen = ids.filter((id) => !waiting.has(id));
  if (unseen.length === 0) return found;
  const gone = await without(queue, unseen);
  for (const id of gone) found.set(id, 'gone');
  if (gone.length === 0) return found;
  for (const { value, reason } of await queue.dead.getAll()) {
    const { id = '' } = (value ?? {}) as Partial<JobRecord>;
    if (found.get(id) === 'gone') found.set(id, { reason });
  }
  return found;
}

/** Those that neither wait nor are leased. */
async function without(queue: Queue<unknown>, ids: readonly string[]): Promise<string[]> {
  const places = await placesOf(queue, ids);
  const gone = [...places].filter(([, { isJob }]) => !isJob);
  await queue.withdraw!(gone.map(([, { id }]) => id));
  return gone.map(([jobId]) => jobId);
}

/** Whatever has the key of a job, by the id that its queue gave it. */
export interface Place {
  readonly id: string;
  /** Else the job is gone, and a record was put in its place, which is to be withdrawn. */
  readonly isJob: boolean;
}

/** Where submitted jobs are on their queue, leased or not. */
export async function placesOf(
  queue: Queue<unknown>,
  jobIds: readonly string[],
): Promise<ReadonlyMap<string, Place>> {
  const puts = jobIds.map(async (cancel) => {
    const record: CancelRecord = { version: 1, cancel };
    const [id = ''] = await queue.put(record, { dedupeKey: cancel, delayMs: ASIDE_MS });
    return [cancel, id] as const;
  });
  const rows = await Promise.all(puts);
  const all = await queue.getAll();
  const aside = new Set(all.map((value) => (isCancelRecord(value) ? value.cancel : undefined)));
  return new Map(rows.map(([jobId, id]) => [jobId, { id, isJob: !aside.has(jobId) }]));
}
