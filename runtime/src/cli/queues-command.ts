import { defineCommand } from 'citty';
import type { OpenedQueue } from '../inspect/queues/open-queues.js';
import { type QueueReport, queueReport } from '../inspect/queues/queue-report.js';
import { duration } from './pool-lines.js';
import { QUEUE_ARGS, queueChoice, withQueues } from './queue-args.js';

export const queuesCommand = defineCommand({
  meta: {
    name: 'queues',
    description: 'Show queues: what waits and since when, what is leased, what is dead.',
  },
  args: QUEUE_ARGS,
  async run({ args, rawArgs }) {
    const reports = await withQueues(queueChoice(args, rawArgs), (queues) =>
      Promise.all(queues.map(reportOf)),
    );
    process.stdout.write(args.json ? `${JSON.stringify({ queues: reports })}\n` : table(reports));
    if (reports.some(({ problem }) => problem !== null)) process.exitCode = 1;
  },
});

/** A queue of the list, and where it was found. */
export type ListedQueue = QueueReport & { readonly module: string | null };

export async function reportOf({ name, module, queue, problem }: OpenedQueue): Promise<ListedQueue> {
  if (queue !== undefined) return { ...(await queueReport(queue)), module };
  return {
    name,
    module,
    ready: 0,
    delayed: 0,
    leased: 0,
    dead: 0,
    oldestWaitingMs: null,
    problem: problem ?? null,
  };
}

function table(reports: readonly QueueReport[]): string {
  if (reports.length === 0) return 'no queues; name a module: --queues src/queues/orders.queue.ts\n';
  const width = Math.max(5, ...reports.map(({ name }) => name.length));
  const head = `${'QUEUE'.padEnd(width)} ${['READY', 'DELAYED', 'LEASED', 'DEAD', 'OLDEST'].map((one) => one.padStart(8)).join('')}`;
  const lines = reports.map(({ name, ready, delayed, leased, dead, oldestWaitingMs, problem }) => {
    if (problem !== null) return `${name.padEnd(width)}    ${problem}`;
    const oldest = oldestWaitingMs === null ? '-' : duration(oldestWaitingMs);
    return `${name.padEnd(width)} ${[ready, delayed, leased, dead, oldest].map((one) => String(one).padStart(8)).join('')}`;
  });
  return `${[head, ...lines].join('\n')}\n`;
}
