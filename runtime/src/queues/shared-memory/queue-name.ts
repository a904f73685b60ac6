import { randomInt } from 'node:crypto';
import { MprocError } from '../../errors/errors.js';
import { SEGMENT_FOLDER } from '../../segment/shared-folder.js';
import { pidNamespace } from './process-identity.js';

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

/** Of the random numbers in names: the threads of a process, and processes of other namespaces, have the same pid. */
const RANDOM_NUMBERS = 2 ** 47;

/**
 * For a queue without a name, the files of whose large values have one all the same.
 * @throws MprocError `ERR_SYSTEM`
 */
export function privateQueueName(): string {
  return `private-${pidNamespace()}-${process.pid}-${randomInt(RANDOM_NUMBERS)}`;
}

/** Under this name a queue is made, before it gets its own. Another one each time. @throws MprocError `ERR_SYSTEM` */
export function unfinishedPath(name: string): string {
  return `${queuePath(name)}${MARK}new${process.pid}-${randomInt(RANDOM_NUMBERS)}-${pidNamespace()}`;
}

/** A value too large for the segment. */
export function largeValuePath(name: string, pid: number, number: number): string {
  return `${queuePath(name)}${MARK}x${pid}-${number}`;
}

/** What a file in the folder of segments is to us; `undefined` when it is nothing of a queue. */
export type QueueFileName =
  | { readonly kind: 'queue'; readonly queue: string }
  | { readonly kind: 'unfinished'; readonly queue: string; readonly maker: Maker }
  | { readonly kind: 'large-value'; readonly queue: string; readonly maker: Maker };

export interface Maker {
  readonly pid: number;
  /** In which the pid means it; `undefined` where the name does not say. */
  readonly pidNamespace: number | undefined;
}

export function parseQueueFileName(fileName: string): QueueFileName | undefined {
  if (!fileName.startsWith(PREFIX)) return undefined;
  const [queue = '', rest] = fileName.slice(PREFIX.length).split(MARK);
  if (!NAME.test(queue)) return undefined;
  if (rest === undefined) return { kind: 'queue', queue };
  const [, kind, pid, , namespace] = /^(new|x)(\d+)-(\d+)(?:-(\d+))?$/.exec(rest) ?? [];
  if (kind === undefined) return undefined;
  // The maker of a private queue puts the values there itself.
  const itsNamespace = namespace ?? /^private-(\d+)-\d+-\d+$/.exec(queue)?.[1];
  const pidNamespace = itsNamespace === undefined ? undefined : Number(itsNamespace);
  const maker = { pid: Number(pid), pidNamespace };
  return kind === 'new' ? { kind: 'unfinished', queue, maker } : { kind: 'large-value', queue, maker };
}
