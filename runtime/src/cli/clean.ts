import { readdirSync, rmSync } from 'node:fs';
import { saysGone, systemError } from '../errors/system-error.js';
import { debuggedPid } from '../inspect/debugger/request.js';
import { mustBeSupported } from '../platform/host.js';
import { describeQueueFile, inodeOf, removeUnusedQueue } from '../queues/shared-memory/cleaning.js';
import { pidExists, pidNamespace } from '../queues/shared-memory/process-identity.js';
import {
  type Maker,
  parseQueueFileName,
  type QueueFileName,
  queuePath,
} from '../queues/shared-memory/queue-name.js';
import { SEGMENT_FOLDER } from '../segment/shared-folder.js';

export type CleanAction = 'removed' | 'would-remove' | 'kept';

/** What became of one file, and why. */
export interface CleanEntry {
  readonly path: string;
  readonly kind: 'queue' | 'unfinished' | 'large-value' | 'pool' | 'debug-request';
  readonly action: CleanAction;
  readonly reason: string;
  /** Living processes that use it. */
  readonly pids: readonly number[];
}

type Judgement = Pick<CleanEntry, 'kind' | 'reason' | 'pids'> & { readonly remove: boolean };

/**
 * Looks at every segment of this user, and removes what no living process uses.
 * A queue that is in use, or that cannot be judged, is never touched, nor is a file of its large values.
 */
export function clean({ dryRun }: { dryRun: boolean }): CleanEntry[] {
  mustBeSupported();
  const files = namesInFolder().map((fileName) => ({
    path: `${SEGMENT_FOLDER}/${fileName}`,
    name: parseQueueFileName(fileName),
    poolPid: poolPidOf(fileName),
    debugged: debuggedPid(fileName),
  }));
  const entries: CleanEntry[] = [];
  // A queue comes before its large values, whose fate is its own.
  const queues = new Map<string, QueueEntry>();
  for (const { path, name, poolPid, debugged } of files) {
    if (name?.kind === 'queue') {
      const entry = cleanQueue(path, name.queue, dryRun);
      queues.set(name.queue, entry);
      entries.push(entry.shown);
    } else if (name?.kind === 'large-value')
      entries.push(cleanLargeValue(path, name, queues.get(name.queue), dryRun));
    else if (name?.kind === 'unfinished') entries.push(cleanByMaker('unfinished', path, name.maker, dryRun));
    else if (poolPid !== undefined)
      entries.push(cleanByMaker('pool', path, { pid: poolPid, pidNamespace: undefined }, dryRun));
    else if (debugged !== undefined)
      entries.push(cleanByMaker('debug-request', path, { pid: debugged, pidNamespace: undefined }, dryRun));
  }
  return entries;
}

/** In order; none where there is no folder. @throws MprocError `ERR_SYSTEM` */
function namesInFolder(): string[] {
  try {
    return readdirSync(SEGMENT_FOLDER).sort();
  } catch (error) {
    if (saysGone(error)) return [];
    throw systemError(`${SEGMENT_FOLDER} could not be read`, error);
  }
}

/** A queue as it is shown, and the files that were removed with it. */
interface QueueEntry {
  readonly shown: CleanEntry;
  readonly files: ReadonlySet<string>;
}

function cleanQueue(path: string, queue: string, dryRun: boolean): QueueEntry {
  const found = dryRun ? describeQueueFile(path, queue) : removeUnusedQueue(path, queue);
  const { problem, pids, values } = found;
  const files = new Set(found.files);
  const shown = { path, kind: 'queue', pids } as const;
  if (problem !== undefined) return { shown: { ...shown, action: 'kept', reason: problem }, files };
  if (pids.length > 0 || !(dryRun || found.isRemoved))
    return { shown: { ...shown, action: 'kept', reason: `in use, ${values} values` }, files };
  const reason = `no living process uses it, ${values} values`;
  return { shown: { ...shown, action: dryRun ? 'would-remove' : 'removed', reason }, files };
}

/** Without a queue it is of no use, unless it is being put this moment: then its maker lives. */
function cleanLargeValue(
  path: string,
  { queue, maker }: QueueFileName & { kind: 'large-value' },
  found: QueueEntry | undefined,
  dryRun: boolean,
): CleanEntry {
  const shown = { path, kind: 'large-value', pids: [] } as const;
  if (found?.files.has(path)) return { ...shown, action: 'removed', reason: 'its queue is gone' };
  if (dryRun && found?.shown.action === 'would-remove')
    return { ...shown, action: 'would-remove', reason: 'its queue is gone' };
  // The queue may have been made since the folder was read: what counts is that there is none now, after the file was seen.
  if (exists(queuePath(queue)))
    return { ...shown, action: 'kept', reason: 'its queue is kept', pids: found?.shown.pids ?? [] };
  return cleanByMaker('large-value', path, maker, dryRun);
}

/** Also when the system does not say. */
function exists(path: string): boolean {
  try {
    return inodeOf(path) !== undefined;
  } catch {
    return true;
  }
}

function cleanByMaker(kind: CleanEntry['kind'], path: string, maker: Maker, dryRun: boolean): CleanEntry {
  const { remove, ...shown } = judgeByMaker(kind, maker);
  if (!remove) return { path, action: 'kept', ...shown };
  if (dryRun) return { path, action: 'would-remove', ...shown };
  try {
    rmSync(path, { force: true });
    return { path, action: 'removed', ...shown };
  } catch (error) {
    return { path, action: 'kept', ...shown, reason: String(error) };
  }
}

function judgeByMaker(kind: CleanEntry['kind'], maker: Maker): Judgement {
  const { pid } = maker;
  if (maker.pidNamespace !== undefined && maker.pidNamespace !== pidNamespace())
    return { kind, remove: false, reason: `process ${pid} of another pid namespace made it`, pids: [] };
  const alive = pidExists(pid);
  const reason = alive ? `process ${pid} lives` : `process ${pid}, which made it, is dead`;
  return { kind, remove: !alive, reason, pids: alive ? [pid] : [] };
}

/** A pool unlinks its segment as soon as it is open; one that has a name is left by a process that died right then. */
function poolPidOf(fileName: string): number | undefined {
  const [, pid] = /^mproc-(\d+)-[a-z0-9-]+$/.exec(fileName) ?? [];
  return pid === undefined ? undefined : Number(pid);
}
