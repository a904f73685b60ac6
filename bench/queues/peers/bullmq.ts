import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { mustBe } from '../../measure/result.js';
import type { QueuePeer } from './queue-peer.js';

const AT_ONCE = 100;

/** BullMQ as its documentation has it: answers come by its events, 100 jobs are under way at once. */
export const bullmqPeer: QueuePeer = {
  name: 'BullMQ, 100 at once',
  goal: 1.2,
  async open(url) {
    const connect = (): Redis => new Redis(url, { maxRetriesPerRequest: null });
    const connections = [connect(), connect(), connect()] as const;
    const queue = new Queue('peer', { connection: connections[0] });
    const worker = new Worker('peer', async ({ data }) => data, {
      connection: connections[1],
      concurrency: AT_ONCE,
    });
    const events = new QueueEvents('peer', { connection: connections[2] });
    // Each job that is waited for listens to both.
    for (const emitter of [queue, events]) emitter.setMaxListeners(0);
    await Promise.all([worker.waitUntilReady(), events.waitUntilReady()]);
    let next = 0;
    async function callOn(until: number): Promise<void> {
      while (next < until) {
        const n = next++;
        const job = await queue.add('job', n, { removeOnComplete: true });
        mustBe('what came back', await job.waitUntilFinished(events), n);
      }
    }
    return {
      async rate(jobs) {
        next = 0;
        const began = performance.now();
        await Promise.all(Array.from({ length: AT_ONCE }, () => callOn(jobs)));
        return (jobs / (performance.now() - began)) * 1_000;
      },
      async close() {
        await Promise.all([worker.close(), events.close(), queue.close()]);
        for (const connection of connections) connection.disconnect();
      },
    };
  },
};
