import { readdirSync } from 'node:fs';
import type { Queue } from '../../contracts/queue.js';
import { jobQueueName } from '../../pool/remote/queue-names.js';
import { lookOnly } from '../../queues/look-only.js';
import { parseQueueFileName } from '../../queues/shared-memory/queue-name.js';
import { sharedMemoryQueue } from '../../queues/shared-memory/shared-memory-queue.js';
import { SEGMENT_FOLDER } from '../../segment/shared-folder.js';
import { loadQueueModule, type QueueModule } from './queue-module.js';
import { workerNamesNear } from './worker-names.js';

/** Which queues are meant. */
export interface QueueChoice {
  /** Modules of queues; without any, those in shared memory. */
  readonly modules: readonly string[];
  /** Worker classes whose queues of jobs are meant, where no names are given; without any, all that are found. */
  readonly classes: readonly string[];
  /** Names of queues. */
  readonly names: readonly string[];
  readonly leaseMs: number;
  readonly maxAttempts: number;
}

/** A queue in this process, or why it could not be opened. */
export interface OpenedQueue {
  readonly name: string;
  /** Module of the queue; `null` for one of shared memory that was found. */
  readonly module: string | null;
  readonly queue: Queue<unknown> | undefined;
  readonly problem: string | undefined;
}

/** Opens queues to look at them: from then on this process ends no leases. @throws Error in one line */
export async function openQueues(choice: QueueChoice): Promise<OpenedQueue[]> {
  lookOnly();
  if (choice.modules.length === 0) return sharedQueues(choice);
  const modules = await Promise.all(choice.modules.map(loadQueueModule));
  return modules.flatMap((module) => queuesOf(module, choice));
}

function queuesOf(module: QueueModule, choice: QueueChoice): OpenedQueue[] {
  const asked = askedNames(choice);
  const isAsked = asked.length > 0;
  const names = isAsked ? asked : workerNamesNear(module.path).map(jobQueueName);
  if (names.length === 0 && module.queues.length === 0)
    throw new Error(
      `no worker was found in the project of ${module.path}; say which queues: --class Invoice, or --name jobs.Invoice`,
    );
  const made = module.factories.flatMap((factory) =>
    names.flatMap((name) => opened(name, module.path, () => factory(name, choice), isAsked)),
  );
  return [
    ...made,
    ...module.queues.map((queue) => ({ name: queue.name, module: module.path, queue, problem: undefined })),
  ];
}

function sharedQueues(choice: QueueChoice): OpenedQueue[] {
  const asked = askedNames(choice);
  const names = asked.length > 0 ? asked : sharedQueueNames();
  const factory = sharedMemoryQueue();
  return names.flatMap((name) => opened(name, null, () => factory(name, choice), asked.length > 0));
}

function askedNames({ names, classes }: QueueChoice): readonly string[] {
  return names.length > 0 ? names : classes.map(jobQueueName);
}

/** Those with a name, of this machine. */
function sharedQueueNames(): string[] {
  const files = readdirSync(SEGMENT_FOLDER).map(parseQueueFileName);
  return files
    .flatMap((file) => (file?.kind === 'queue' && !file.queue.startsWith('private-') ? [file.queue] : []))
    .sort();
}

/** @param isAsked whether somebody wants to hear that there is no such queue */
function opened(
  name: string,
  module: string | null,
  open: () => Queue<unknown>,
  isAsked: boolean,
): OpenedQueue[] {
  try {
    return [{ name, module, queue: open(), problem: undefined }];
  } catch (error) {
    const { code, message } = error as Error & { code?: unknown };
    if (code === 'ERR_QUEUE_NOT_FOUND' && !isAsked) return [];
    return [{ name, module, queue: undefined, problem: message.split('\n')[0]! }];
  }
}

/** Lets go of them; what they hold stays. */
export async function closeQueues(queues: readonly OpenedQueue[]): Promise<void> {
  await Promise.allSettled(queues.map(async ({ queue }) => queue?.close()));
}
