import { setTimeout } from '../clock/timers.js';
import type { LetterFilter } from '../inspect/queues/letter-filter.js';
import {
  closeQueues,
  type OpenedQueue,
  openQueues,
  type QueueChoice,
} from '../inspect/queues/open-queues.js';
import { millisecondsOf } from './milliseconds-of.js';

/** Which queues are meant: the same flags for all commands. */
export const QUEUE_ARGS = {
  queues: {
    type: 'string',
    description: 'Modules that export queues, with commas; without it, the queues in shared memory',
    valueHint: 'src/queues/orders.queue.ts',
  },
  class: {
    type: 'string',
    description: 'Worker classes whose jobs are meant, with commas',
    valueHint: 'Invoice,Resize',
  },
  name: { type: 'string', description: 'Names of queues, with commas', valueHint: 'jobs.Invoice' },
  'lease-ms': { type: 'string', description: '`leaseMs` of your pools', default: '30000', valueHint: 'ms' },
  'max-attempts': {
    type: 'string',
    description: '`maxAttempts` of your pools',
    default: '3',
    valueHint: 'n',
  },
  json: { type: 'boolean', description: 'Print JSON' },
} as const;

/** Which dead letters are meant. */
export const LETTER_ARGS = {
  ids: { type: 'positional', description: 'Ids of dead letters or of jobs, with commas', required: false },
  error: { type: 'string', description: 'Only those whose error has this text', valueHint: 'text' },
  older: { type: 'string', description: 'Only those that died longer ago: 2h, 7d', valueHint: '2h' },
  newer: { type: 'string', description: 'Only those that died within that time', valueHint: '2h' },
} as const;

type Given<Name extends string> = { readonly [Key in Name]?: string | undefined };

/** @throws Error in one line */
export function queueChoice(
  args: Given<'queues' | 'class' | 'name' | 'lease-ms' | 'max-attempts'>,
  rawArgs: readonly string[],
): QueueChoice {
  return {
    modules: valuesOf('queues', rawArgs),
    classes: valuesOf('class', rawArgs),
    names: valuesOf('name', rawArgs),
    leaseMs: wholeOf('--lease-ms', args['lease-ms']),
    maxAttempts: wholeOf('--max-attempts', args['max-attempts']),
  };
}

/** @throws Error in one line */
export function letterFilter(
  { ids, error, older, newer }: Given<'ids' | 'error' | 'older' | 'newer'>,
  rawArgs: readonly string[],
): LetterFilter {
  return {
    classes: valuesOf('class', rawArgs),
    error,
    olderThanMs: older === undefined ? undefined : millisecondsOf('--older', older),
    newerThanMs: newer === undefined ? undefined : millisecondsOf('--newer', newer),
    ids: listOf(ids ?? ''),
  };
}

/** Opens the queues that are meant, for one action, and closes them. @throws Error in one line */
export async function withQueues<R>(
  choice: QueueChoice,
  use: (queues: readonly OpenedQueue[]) => Promise<R>,
): Promise<R> {
  return useQueues(await openQueues(choice), use);
}

/** The same with queues that are open. */
export async function useQueues<R>(
  queues: readonly OpenedQueue[],
  use: (queues: readonly OpenedQueue[]) => Promise<R>,
): Promise<R> {
  try {
    return await use(queues);
  } finally {
    await closeQueues(queues);
    // What a module has open beside its queues is nothing to wait for; what is printed now comes before.
    setTimeout(() => process.stdout.write('', () => process.exit()), 0);
  }
}

/** A flag may come several times. */
export function valuesOf(flag: string, rawArgs: readonly string[]): string[] {
  const values = rawArgs.flatMap((arg, at) => {
    if (arg === `--${flag}`) return listOf(rawArgs[at + 1] ?? '');
    return arg.startsWith(`--${flag}=`) ? listOf(arg.slice(flag.length + 3)) : [];
  });
  return [...new Set(values)];
}

export function listOf(text: string): string[] {
  return text
    .split(',')
    .map((one) => one.trim())
    .filter((one) => one !== '');
}

/** @throws Error in one line */
export function wholeOf(flag: string, text = ''): number {
  const value = Number(text);
  if (Number.isInteger(value) && value > 0 && value < 2 ** 31) return value;
  throw new Error(`${flag} takes a whole number from 1; received ${text}`);
}
