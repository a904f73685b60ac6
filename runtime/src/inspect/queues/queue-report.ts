import { wallClockMs } from '../../clock/wall-clock-ms.js';
import type { Queue } from '../../contracts/queue.js';
import { printable, putAtOf } from './letter.js';

/** A queue as it is shown. */
export interface QueueReport {
  readonly name: string;
  readonly ready: number;
  readonly delayed: number;
  readonly leased: number;
  readonly dead: number;
  /** How long ago the oldest value that waits was put; `null` where none waits, or nobody can tell. */
  readonly oldestWaitingMs: number | null;
  /** Why the figures are not known; `null` where they are. */
  readonly problem: string | null;
}

const UNKNOWN = { ready: 0, delayed: 0, leased: 0, dead: 0, oldestWaitingMs: null };

/** What cannot be asked says why, in its report. */
export async function queueReport(queue: Queue<unknown>): Promise<QueueReport> {
  try {
    const { ready, delayed, leased, dead } = await queue.counts();
    const oldestWaitingMs = ready + delayed > 0 ? await oldestOf(queue) : null;
    return { name: queue.name, ready, delayed, leased, dead, oldestWaitingMs, problem: null };
  } catch (error) {
    return { name: queue.name, ...UNKNOWN, problem: printable((error as Error).message) };
  }
}

async function oldestOf(queue: Queue<unknown>): Promise<number | null> {
  if (!queue.supports.peek) return null;
  const [oldest] = await queue.getAll({ limit: 1 });
  const putAt = putAtOf(oldest);
  return putAt === null ? null : Math.max(0, Math.round(wallClockMs() - putAt));
}
