import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { PoolOptions } from '../../../runtime/src/index.js';
import type { PoolReport, PoolsReport } from '../../../runtime/src/inspect/pool-report.js';

export const MPROC = fileURLToPath(new URL('../../../runtime/dist/cli.js', import.meta.url));
const PROGRAM = fileURLToPath(new URL('./looked-at.program.mjs', import.meta.url));

/** What `Busy` of looked-at.worker.mjs is asked to do. */
export interface BusyWith {
  readonly kind: 'loop' | 'regexp' | 'wait' | 'sleep' | 'native' | 'die' | 'fail' | 'ok';
  readonly ms?: number;
  /** It dies when there is this file. */
  readonly file?: string;
}

export interface Plan {
  readonly options?: Omit<PoolOptions, 'logger' | 'results' | 'queues'>;
  readonly pools?: number;
  readonly inThread?: boolean;
  /** Done before anything else. */
  readonly first?: readonly BusyWith[];
  /** Given one by one, by `run`. */
  readonly jobs?: readonly BusyWith[];
  /** Given together, by `map`. */
  readonly map?: readonly BusyWith[];
  /** How long to wait before the program tells of its jobs, and blocks. */
  readonly settleMs?: number;
  readonly blockMs?: number;
}

/** A program with pools, in a process of its own. */
export interface LookedAt extends AsyncDisposable {
  readonly pid: number;
  /** Of the jobs given one by one. */
  readonly jobIds: readonly string[];
  readonly process: ChildProcess;
  /** What it and its children have written to stderr. */
  stderr(): string;
}

export async function startLookedAt(plan: Plan, env: NodeJS.ProcessEnv = {}): Promise<LookedAt> {
  const child = spawn(process.execPath, [PROGRAM, JSON.stringify(plan)], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...env },
  });
  let stderr = '';
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    stderr += chunk;
  });
  const closed = once(child, 'close');
  const [line] = (await Promise.race([
    once(createInterface(child.stdout), 'line'),
    closed.then(() => Promise.reject(new Error(`the program has ended: ${stderr}`))),
  ])) as [string];
  return {
    pid: child.pid!,
    jobIds: JSON.parse(line) as string[],
    process: child,
    stderr: () => stderr,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await closed;
    },
  };
}

export function mproc(...words: string[]): { status: number | null; stdout: string; stderr: string } {
  const { status, stdout, stderr } = spawnSync(process.execPath, [MPROC, ...words], { encoding: 'utf8' });
  return { status, stdout, stderr };
}

export function psReport(): PoolsReport {
  const { status, stdout, stderr } = mproc('ps', '--json');
  if (status !== 0 || stderr !== '') throw new Error(`ps ended with ${status}: ${stderr}`);
  return JSON.parse(stdout) as PoolsReport;
}

/** Other tests have pools, too. */
export function poolsOf({ pid }: { pid: number }): PoolReport[] {
  return psReport().pools.filter((pool) => pool.pid === pid);
}

/** Looks until the pools of a program are as wanted; the last look otherwise, for the test to say what it is. */
export function whenSeen(
  program: { pid: number },
  isAsWanted: (pools: PoolReport[]) => boolean,
): PoolReport[] {
  let pools = poolsOf(program);
  for (let looks = 0; looks < 100 && !isAsWanted(pools); looks += 1) pools = poolsOf(program);
  return pools;
}
