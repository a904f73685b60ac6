import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./executor.py', import.meta.url));

export function hasPython(): boolean {
  return spawnSync('python3', ['--version']).status === 0;
}

/** Jobs per second of Python's executor. */
export function measurePython(jobs: number, processes: number): number {
  return Number(execFileSync('python3', [script, String(jobs), String(processes)], { encoding: 'utf8' }));
}
