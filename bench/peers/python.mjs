import { execFileSync, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const script = fileURLToPath(new URL('./executor.py', import.meta.url));

export function hasPython() {
  return spawnSync('python3', ['--version']).status === 0;
}

/** Jobs per second of Python's executor. */
export function measurePython(jobs, processes) {
  return Number(execFileSync('python3', [script, String(jobs), String(processes)], { encoding: 'utf8' }));
}
