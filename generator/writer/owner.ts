import { readFileSync } from 'node:fs';
import { hostname } from 'node:os';

/** Names a process so that a later one with the same id is not taken for it. */
export interface Owner {
  /** A folder may be shared: what lives on another machine or in another container cannot be asked. */
  readonly host: string;
  readonly pid: number;
  /** When it began, in clock ticks since boot; 0 where the system does not tell. */
  readonly started: number;
}

export function thisProcess(): Owner {
  return { host: hostname(), pid: process.pid, started: startOf(process.pid) ?? 0 };
}

/** Whether the process lives; taken to live when it is on another host. */
export function isAlive(owner: Owner): boolean {
  if (owner.host !== hostname()) return true;
  try {
    process.kill(owner.pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
  const started = startOf(owner.pid);
  return owner.started === 0 || started === undefined || started === owner.started;
}

/** Field 22 of /proc/<pid>/stat; the second may hold spaces and parentheses. A zombie counts as gone. */
function startOf(pid: number): number | undefined {
  if (process.platform !== 'linux') return undefined;
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
    return fields[0] === 'Z' ? -1 : Number(fields[19]);
  } catch {
    return undefined;
  }
}
