import type { PoolReport, ProcessReport } from '../inspect/pool-report.js';

const MIB = 1024 * 1024;

/** A pool as `ps` prints it: a line for the pool, and one for each process. */
export function poolLines(pool: PoolReport): string[] {
  return [poolLine(pool), figuresLine(pool), PROCESS_HEAD, ...pool.processes.map(processLine)];
}

export function poolLine({ pid, threadId, program, parentState }: PoolReport): string {
  const thread = threadId === 0 ? '' : ` thread ${threadId}`;
  const stopped = parentState === 'stopped' ? ' (stopped)' : '';
  return `pool of pid ${pid}${thread}${stopped}: ${program}`;
}

export function figuresLine(pool: PoolReport): string {
  const { waiting, oldestWaitingMs, delayed, answered, failed, memory } = pool;
  const oldest = oldestWaitingMs === null ? '' : ` (oldest ${duration(oldestWaitingMs)})`;
  const used = `${(memory.usedBytes / MIB).toFixed(1)} of ${(memory.bytes / MIB).toFixed(1)} MiB`;
  return `  ${waiting} waiting${oldest}, ${delayed} delayed, ${answered} answered, ${failed} failed, memory ${used}`;
}

const WIDTHS = [8, 9, 6, 8, 8, 8, 9, 3] as const;
const PROCESS_HEAD = columns(['PID', 'STATE', 'CPU%', 'PSS', 'USS', 'FOR', 'JOBS', 'TRY'], 'CLASS JOB');

export function processLine(process: ProcessReport): string {
  const { pid, state, cpu, pssBytes, ussBytes, runningMs, jobs, attempt } = process;
  const cells = [
    String(pid),
    state,
    cpu === null ? '-' : cpu.toFixed(1),
    mib(pssBytes),
    mib(ussBytes),
    runningMs === null ? '-' : duration(runningMs),
    String(jobs),
    String(attempt ?? '-'),
  ];
  return columns(cells, `${jobText(process)}${deathText(process)}`.trim());
}

export function processHead(): string {
  return PROCESS_HEAD;
}

function columns(cells: readonly string[], rest: string): string {
  const padded = cells.map((cell, at) => (at === 1 ? cell.padEnd(WIDTHS[at]!) : cell.padStart(WIDTHS[at]!)));
  return `${padded.join(' ')} ${rest}`.trimEnd();
}

function jobText({ class: name, jobId, others }: ProcessReport): string {
  if (jobId === null) return '';
  const more = others.length === 0 ? '' : ` and ${others.length} more`;
  return `${name} ${jobId}${more}`;
}

function deathText({ restarts, lastDeath }: ProcessReport): string {
  if (lastDeath === null) return '';
  const how = lastDeath.signal ?? `code ${lastDeath.exitCode}`;
  return ` [restarts ${restarts}, last: ${how} ${duration(lastDeath.agoMs)} ago]`;
}

function mib(bytes: number | null): string {
  return bytes === null ? '-' : `${(bytes / MIB).toFixed(1)}M`;
}

/** Short, as `12ms`, `3.4s`, `5m12s`, `2h05m`. */
export function duration(ms: number): string {
  if (ms < 1_000) return `${ms < 10 ? Number(ms.toFixed(2)) : Math.round(ms)}ms`;
  const seconds = ms / 1_000;
  if (seconds < 60) return `${seconds.toFixed(1)}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes}m${two(Math.floor(seconds % 60))}s`;
  return `${Math.floor(minutes / 60)}h${two(minutes % 60)}m`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}
