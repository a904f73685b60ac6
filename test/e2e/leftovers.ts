import { readdirSync, readlinkSync } from 'node:fs';

const PROC = '/proc';

/**
 * Processes that work in a folder or below it. Linux alone can tell; elsewhere none are found. The shared memory of a pool
 * has no name, and lives as long as a process that has it: none is left where no process is.
 */
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
