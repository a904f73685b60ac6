import { readdirSync, readlinkSync } from 'node:fs';

const PROC = '/proc';
const SHARED_MEMORY = '/dev/shm';

/** Processes that work in a folder or below it. Linux alone can tell; elsewhere none are found. */
export function processesIn(folder: string): { pid: number; cwd: string }[] {
  if (process.platform !== 'linux') return [];
  return readdirSync(PROC)
    .filter((name) => /^\d+$/.test(name))
    .map((name) => ({ pid: Number(name), cwd: cwdOf(name) }))
    .filter(({ cwd }) => cwd === folder || cwd.startsWith(`${folder}/`));
}

function cwdOf(pid: string): string {
  try {
    return readlinkSync(`${PROC}/${pid}/cwd`);
  } catch {
    // Gone in the meantime, or somebody else's.
    return '';
  }
}

/** Shared memory files of ours whose maker is dead. */
export function orphanedSegments(): string[] {
  if (process.platform !== 'linux') return [];
  return readdirSync(SHARED_MEMORY).filter((name) => {
    const maker = /^mproc-(\d+)-/.exec(name)?.[1];
    return maker !== undefined && !isAlive(Number(maker));
  });
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}
