// A process of the queue kit: it opens the queue that it is told and plays its role until it is stopped or killed.
import { once } from 'node:events';
import type { Queue, QueueFactory } from '../../contracts/queue.js';
import type { ProcessCommand, ProcessMessage, ProcessTask } from './protocol.js';
import { playRole } from './roles.js';

function say(message: ProcessMessage): void {
  process.send?.(message);
}

async function openQueue(task: ProcessTask): Promise<Queue<unknown>> {
  const module = (await import(task.module)) as Record<string, unknown>;
  const factory = module[task.export];
  if (typeof factory !== 'function')
    throw new TypeError(`${task.module} exports no function \`${task.export}\`; name the factory's export`);
  return (factory as QueueFactory)(task.queue, { leaseMs: task.leaseMs, maxAttempts: task.maxAttempts });
}

// Whoever started it is gone: nobody will ever stop it.
process.on('disconnect', () => process.exit(0));

const [task] = (await once(process, 'message')) as [ProcessTask];
const stopped = new AbortController();
process.on('message', (command: ProcessCommand) => {
  if (command.kind === 'stop') stopped.abort();
});
const queue = await openQueue(task);
await queue.size();
say({ kind: 'ready' });
await playRole(queue, task.role, stopped.signal, say);
await queue.close();
process.exit(0);
