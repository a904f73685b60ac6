import { execFileSync } from 'node:child_process';
import { readFileSync, readlinkSync } from 'node:fs';

/** A thread of a process; the start time tells it from a later one with the same number. */
export interface ProcessIdentity {
  readonly pid: number;
  readonly threadId: number;
  readonly startTime: number;
}

export type Liveness = 'running' | 'stopped' | 'dead';

const linux = process.platform === 'linux';
const STATE_FIELD = 0;
const START_TIME_FIELD = 19;

/** Fields of /proc/<pid>/task/<tid>/stat from the state on; the name before it may hold anything. */
function statFields(pid: number, threadId: number): string[] | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/task/${threadId}/stat`, 'latin1');
    return text.slice(text.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined;
  }
}

/** Who the calling thread is. */
export function ownIdentity(): ProcessIdentity {
  const { pid } = process;
  if (!linux) return { pid, threadId: pid, startTime: startTimeByPs(pid) ?? 0 };
  const threadId = Number(readlinkSync('/proc/thread-self').split('/').at(-1));
  return { pid, threadId, startTime: Number(statFields(pid, threadId)?.[START_TIME_FIELD]) };
}

export function livenessOf({ pid, threadId, startTime }: ProcessIdentity): Liveness {
  if (!(pid > 0)) return 'dead';
  if (!linux) return livenessByPs(pid, startTime);
  const fields = statFields(pid, threadId);
  if (fields === undefined || Number(fields[START_TIME_FIELD]) !== startTime) return 'dead';
  const state = fields[STATE_FIELD];
  if (state === 'Z' || state === 'X') return 'dead';
  return state === 'T' || state === 't' ? 'stopped' : 'running';
}

/** Whether there is a process of that number at all. */
export function pidExists(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

/** Processes of different namespaces cannot tell by number whether the other lives. 0 where there are none. */
export function pidNamespace(): number {
  if (!linux) return 0;
  return Number(/\d+/.exec(readlinkSync('/proc/self/ns/pid'))?.[0] ?? 0);
}

function startTimeByPs(pid: number): number | undefined {
  try {
    const text = execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], {
      encoding: 'utf8',
      stdio: 'pipe',
    });
    return Date.parse(text.trim());
  } catch {
    return undefined;
  }
}

function livenessByPs(pid: number, startTime: number): Liveness {
  try {
    const text = execFileSync('ps', ['-o', 'state=', '-p', String(pid)], { encoding: 'utf8', stdio: 'pipe' });
    if (text.startsWith('Z') || startTimeByPs(pid) !== startTime) return 'dead';
    return text.startsWith('T') ? 'stopped' : 'running';
  } catch {
    return 'dead';
  }
}
