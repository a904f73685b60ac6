import { MprocError } from '../../errors/errors.js';
import { SEGMENT_FOLDER } from '../../segment/segment.js';

const NAME = /^[A-Za-z0-9._-]{1,100}$/;
const PREFIX = 'mproc-q-';
/** No queue name may have it, so that the files of one queue are never taken for another queue. */
const MARK = '~';

export function checkQueueName(name: string): string {
  if (typeof name === 'string' && NAME.test(name)) return name;
  throw new MprocError(
    'ERR_QUEUE_NAME',
    `a queue name may have letters, digits, dot, dash and underscore, 1 to 100 of them; received ${JSON.stringify(name)}`,
  );
}

export function queuePath(name: string): string {
  return `${SEGMENT_FOLDER}/${PREFIX}${name}`;
}

/** Under this name a queue is made, before it gets its own. */
export function unfinishedPath(name: string, number: number): string {
  return `${queuePath(name)}${MARK}new${process.pid}-${number}`;
}

/** A value too large for the segment. */
export function largeValuePath(name: string, pid: number, number: number): string {
  return `${queuePath(name)}${MARK}x${pid}-${number}`;
}

/** What a file in the folder of segments is to us; `undefined` when it is nothing of a queue. */
export type QueueFileName =
  | { readonly kind: 'queue'; readonly queue: string }
  | { readonly kind: 'unfinished'; readonly queue: string; readonly pid: number }
  | { readonly kind: 'large-value'; readonly queue: string; readonly pid: number; readonly number: number };

export function parseQueueFileName(fileName: string): QueueFileName | undefined {
  if (!fileName.startsWith(PREFIX)) return undefined;
  const [queue = '', rest] = fileName.slice(PREFIX.length).split(MARK);
  if (!NAME.test(queue)) return undefined;
  if (rest === undefined) return { kind: 'queue', queue };
  const [, kind, pid, number] = /^(new|x)(\d+)-(\d+)$/.exec(rest) ?? [];
  if (kind === 'new') return { kind: 'unfinished', queue, pid: Number(pid) };
  if (kind === 'x') return { kind: 'large-value', queue, pid: Number(pid), number: Number(number) };
  return undefined;
}
