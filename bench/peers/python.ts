import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const SUMS = new URL('./executor.py', import.meta.url);
const REAL_WORK = new URL('../real/executor.py', import.meta.url);

export function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}

/** Jobs per second of Python's executor. */
export function measurePython(jobs: number, processes: number): number {
  return figureOf(SUMS, jobs, processes);
}

/** The same of a case of `real`, whose files are in the folder. */
export function measurePythonCase(name: string, jobs: number, processes: number, folder: string): number {
  return figureOf(REAL_WORK, name, jobs, processes, folder);
}

function figureOf(script: URL, ...values: (string | number)[]): number {
  return Number(
    execFileSync('python3', [fileURLToPath(script), ...values.map(String)], { encoding: 'utf8' }),
  );
}
