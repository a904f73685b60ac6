import { type Job, Queue, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import type { OpenedByHand } from './bare-queue.js';

export async function openByHand(
  url: string,
  { leaseMs }: { readonly leaseMs: number },
): Promise<OpenedByHand<Job>> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue('by-hand', { connection });
  const worker = new Worker('by-hand', undefined, { connection, autorun: false, lockDuration: leaseMs });
  let delivery = 0;
  return {
    put: (values) =>
      queue.addBulk(
        values.map((data) => ({ name: 'job', data, opts: { priority: 1, removeOnComplete: true } })),
      ),
    reserve: async (max) => {
      const next = (): Promise<Job | undefined> =>
        worker.getNextJob(`delivery ${++delivery}`, { block: false });
      return (await Promise.all(Array.from({ length: max }, next))).filter((job) => job !== undefined);
    },
    ack: (jobs) => Promise.all(jobs.map((job) => job.moveToCompleted(undefined, job.token!, false))),
    close: async () => {
      await worker.close(true);
      await queue.close();
      connection.disconnect();
    },
  };
}
