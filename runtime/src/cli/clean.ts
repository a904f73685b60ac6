import { readdirSync, rmSync } from 'node:fs';
import { pidExists } from '../queues/shared-memory/process-identity.js';
import { describeQueueFile, removeUnusedQueue } from '../queues/shared-memory/queue-file.js';
import { parseQueueFileName, type QueueFileName } from '../queues/shared-memory/queue-name.js';
import { SEGMENT_FOLDER } from '../segment/segment.js';

export type CleanAction = 'removed' | 'would-remove' | 'kept';

/** What became of one file, and why. */
export interface CleanEntry {
  readonly path: string;
  readonly kind: 'queue' | 'unfinished' | 'large-value' | 'pool';
  readonly action: CleanAction;
  readonly reason: string;
  /** Living processes that use it. */
  readonly pids: readonly number[];
}

interface Verdict {
  readonly kind: CleanEntry['kind'];
  readonly remove: boolean;
  /** Its name, for a queue. */
  readonly queue?: string;
  readonly reason: string;
  readonly pids: readonly number[];
}

/**
 * Looks at every segment of this user, and removes what no living process uses.
 * A queue that is in use, or that cannot be judged, is never touched.
 */
export function clean({ dryRun }: { dryRun: boolean }): CleanEntry[] {
  const queues = new Map<string, Verdict>();
  return (
    readdirSync(SEGMENT_FOLDER)
      // A queue comes before its large values, whose fate is its own.
      .sort()
      .flatMap((fileName) => {
        const path = `${SEGMENT_FOLDER}/${fileName}`;
        const verdict = judge(fileName, path, queues);
        if (verdict === undefined) return [];
        const { kind, reason, pids } = verdict;
        return [{ path, kind, action: act(verdict, path, dryRun), reason, pids }];
      })
  );
}

function act({ remove, queue }: Verdict, path: string, dryRun: boolean): CleanAction {
  if (!remove) return 'kept';
  if (dryRun) return 'would-remove';
  if (queue === undefined) rmSync(path, { force: true });
  // Somebody may have opened it since it was judged.
  else if (removeUnusedQueue(path, queue).length > 0) return 'kept';
  return 'removed';
}

function judge(fileName: string, path: string, queues: Map<string, Verdict>): Verdict | undefined {
  const name = parseQueueFileName(fileName);
  if (name === undefined) return judgePoolFile(fileName);
  switch (name.kind) {
    case 'queue': {
      const verdict = judgeQueue(path, name.queue);
      queues.set(name.queue, verdict);
      return verdict;
    }
    case 'unfinished':
      return judgeByMaker('unfinished', name.pid);
    case 'large-value':
      return judgeLargeValue(name, queues.get(name.queue));
  }
}

function judgeQueue(path: string, queue: string): Verdict {
  const found = describeQueueFile(path, queue);
  if ('problem' in found) return { kind: 'queue', remove: false, reason: found.problem, pids: [] };
  const { pids, values } = found;
  if (pids.length > 0) return { kind: 'queue', remove: false, reason: `in use, ${values} values`, pids };
  return { kind: 'queue', queue, remove: true, reason: `no living process uses it, ${values} values`, pids };
}

/** Also a value that is being put this moment, so its maker must be dead as well. */
function judgeLargeValue(name: QueueFileName & { kind: 'large-value' }, queue: Verdict | undefined): Verdict {
  if (queue !== undefined && !queue.remove)
    return { kind: 'large-value', remove: false, reason: 'its queue is kept', pids: queue.pids };
  const verdict = judgeByMaker('large-value', name.pid);
  return queue === undefined ? verdict : { ...verdict, remove: true, reason: 'its queue is gone', pids: [] };
}

function judgeByMaker(kind: Verdict['kind'], pid: number): Verdict {
  const alive = pidExists(pid);
  const reason = alive ? `process ${pid} lives` : `process ${pid}, which made it, is dead`;
  return { kind, remove: !alive, reason, pids: alive ? [pid] : [] };
}

/** A pool unlinks its segment as soon as it is open; one that has a name is left by a process that died right then. */
function judgePoolFile(fileName: string): Verdict | undefined {
  const [, pid] = /^mproc-(\d+)-[a-z0-9-]+$/.exec(fileName) ?? [];
  return pid === undefined ? undefined : judgeByMaker('pool', Number(pid));
}
