import { Queue, QueueEvents, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { mustBe } from '../../measure/result.js';
import type { QueuePeer } from './queue-peer.js';

const AT_ONCE = 100;

/**
 * BullMQ at its best: all jobs are put with one call, 100 are under way at once, and answers come by its events. Each of the calls
 * of `waitUntilFinished` asks the server besides, which takes twice as long, and fails where the job was done and removed before.
 */
export const bullmqPeer: QueuePeer = {
  name: 'BullMQ, put at once, 100 at work',
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
    await Promise.all([worker.waitUntilReady(), events.waitUntilReady()]);
    const answers = new Map<string, number>();
    let onAnswer = (): void => {};
    events.on('completed', ({ jobId, returnvalue }) => {
      answers.set(jobId, Number(returnvalue));
      onAnswer();
    });
    return {
      async rate(jobs) {
        answers.clear();
        const began = performance.now();
        const all = new Promise<void>((resolve) => {
          onAnswer = () => {
            if (answers.size === jobs) resolve();
          };
        });
        const given = Array.from({ length: jobs }, (_, data) => ({
          name: 'job',
          data,
          opts: { removeOnComplete: true },
        }));
        const put = await queue.addBulk(given);
        await all;
        const rate = (jobs / (performance.now() - began)) * 1_000;
        mustBe('right answers', put.filter(({ id }, n) => answers.get(id!) === n).length, jobs);
        return rate;
      },
      async close() {
        await Promise.all([worker.close(), events.close(), queue.close()]);
        for (const connection of connections) connection.disconnect();
      },
    };
  },
};
