import { closeSync } from 'node:fs';
import { constants } from 'node:os';
import { monotonicMs } from '../clock/monotonic-ms.js';
import { ChildStage } from '../pool/protocol.js';
import { type FoundPool, findPools, type OtherPool, programOf } from './find-pools.js';
import { PoolImage, type SeenChild, type SeenJob } from './pool-image.js';
import { allPids, innerPidOf, lookAt, memoryOf, type ProcessMemory } from './proc.js';

export type ProcessState = 'starting' | 'idle' | 'loading' | 'running' | 'ending' | 'stopped';

/** How the process before had ended. */
export interface DeathReport {
  readonly pid: number;
  readonly signal: string | null;
  readonly exitCode: number | null;
  readonly agoMs: number;
}

export interface JobReport {
  readonly class: string | null;
  readonly jobId: string | null;
  readonly attempt: number;
  readonly runningMs: number | null;
}

export interface ProcessReport {
  readonly pid: number;
  readonly state: ProcessState;
  /** Of the job that it began first of those that it runs; `null` where it runs none. */
  readonly class: string | null;
  readonly jobId: string | null;
  readonly attempt: number | null;
  readonly runningMs: number | null;
  /** Jobs that it runs beside that one. */
  readonly others: readonly JobReport[];
  /** Jobs that it has ended. */
  readonly jobs: number;
  /** Percent of one processor: since the look before, or since it began. */
  readonly cpu: number | null;
  readonly pssBytes: number | null;
  readonly ussBytes: number | null;
  /** How many processes have had its place before. */
  readonly restarts: number;
  readonly lastDeath: DeathReport | null;
}

export interface PoolReport {
  /** Tells it from other pools, also of the same program, while it lives. */
  readonly id: string;
  readonly pid: number;
  /** Of the worker thread of Node.js that has it; 0 for the main thread. */
  readonly threadId: number;
  readonly program: string;
  readonly parentState: 'running' | 'stopped';
  readonly waiting: number;
  readonly oldestWaitingMs: number | null;
  readonly delayed: number;
  readonly answered: number;
  readonly failed: number;
  /** Of the segment's room for arguments. */
  readonly memory: { readonly bytes: number; readonly usedBytes: number };
  readonly processes: readonly ProcessReport[];
}

export interface PoolsReport {
  readonly pools: readonly PoolReport[];
  /** What is another user's, or of another version. */
  readonly others: readonly OtherPool[];
}

/** After so many milliseconds no more memory is asked for: the kernel goes through all of a process for that. */
const MEMORY_MS = 400;

/** Processor time of each process when it was looked at last. */
type CpuLook = Map<number, { readonly cpuMs: number; readonly at: number }>;

/** Looks at all pools of this user, again and again where somebody watches. */
export class PoolWatch {
  #before: CpuLook = new Map();

  look({ withMemory }: { withMemory: boolean }): PoolsReport {
    const { pools, others } = findPools();
    const look = new Look(this.#before, withMemory);
    const problems: OtherPool[] = [...others];
    const reports = pools.flatMap((pool) => {
      try {
        return [look.report(pool)];
      } catch (error) {
        problems.push({
          pid: pool.pid,
          program: programOf(pool.pid),
          problem: `cannot be read: ${(error as Error).message}`,
        });
        return [];
      } finally {
        closeSync(pool.fd);
      }
    });
    this.#before = look.cpu;
    return { pools: reports, others: problems };
  }
}

/** One look at all of them. */
class Look {
  readonly cpu: CpuLook = new Map();
  readonly #before: CpuLook;
  readonly #memoryUntil: number;

  constructor(before: CpuLook, withMemory: boolean) {
    this.#before = before;
    this.#memoryUntil = withMemory ? monotonicMs() + MEMORY_MS : 0;
  }

  report(pool: FoundPool): PoolReport {
    const image = PoolImage.read(pool);
    const running = image.running();
    const inSlots = image.waitingInSlots();
    const since = earlier(inSlots.since, image.figure('waitingSince'));
    const waiting = inSlots.jobs + image.figure('waiting');
    const pidOf = outerPids(pool.pid);
    const processes: ProcessReport[] = [];
    for (let index = 0; index < image.size.childCount; index += 1) {
      const child = image.child(index);
      const pid = child.pid > 0 ? pidOf(child.pid) : undefined;
      const process =
        pid === undefined
          ? undefined
          : this.#process(pool.pid, pid, image.now, child, running.get(index) ?? []);
      if (process !== undefined) processes.push(process);
    }
    const { arenaBytes } = image.size;
    return {
      id: pool.id,
      pid: pool.pid,
      threadId: image.threadId,
      program: programOf(pool.pid),
      parentState: isStopped(lookAt(pool.pid)?.state) ? 'stopped' : 'running',
      waiting,
      oldestWaitingMs: waiting === 0 || since === 0 ? null : Math.round(image.now - since),
      delayed: image.figure('delayed'),
      answered: image.figure('answered'),
      failed: image.figure('failed'),
      memory: { bytes: arenaBytes, usedBytes: Math.max(0, arenaBytes - image.figure('freeBytes')) },
      processes,
    };
  }

  #process(
    parent: number,
    pid: number,
    now: number,
    child: SeenChild,
    jobs: readonly SeenJob[],
  ): ProcessReport | undefined {
    const look = lookAt(pid);
    // It has ended, and its number may be another's by now.
    if (look === undefined || look.parentPid !== parent || look.state === 'Z') return undefined;
    const [first, ...others] = jobs.map((job) => reportOf(job, now));
    const memory: Partial<ProcessMemory> = monotonicMs() < this.#memoryUntil ? (memoryOf(pid) ?? {}) : {};
    return {
      pid,
      state: stateOf(look.state, child, jobs.length > 0),
      class: first?.class ?? null,
      jobId: first?.jobId ?? null,
      attempt: first?.attempt ?? null,
      runningMs: first?.runningMs ?? null,
      others,
      jobs: child.jobs,
      cpu: this.#cpuOf(pid, look.cpuMs, now - child.spawnedAt),
      pssBytes: memory.pssBytes ?? null,
      ussBytes: memory.ussBytes ?? null,
      restarts: Math.max(0, child.spawned - 1),
      lastDeath:
        child.death === undefined
          ? null
          : {
              pid: child.death.pid,
              signal: signalName(child.death.signal),
              exitCode: child.death.signal === 0 ? child.death.exitCode : null,
              agoMs: Math.round(now - child.death.at),
            },
    };
  }

  #cpuOf(pid: number, cpuMs: number, livedMs: number): number | null {
    const at = monotonicMs();
    this.cpu.set(pid, { cpuMs, at });
    const before = this.#before.get(pid);
    const usedMs = before === undefined ? cpuMs : cpuMs - before.cpuMs;
    const inMs = before === undefined ? livedMs : at - before.at;
    return inMs > 0 ? Math.round((1_000 * Math.max(0, usedMs)) / inMs) / 10 : null;
  }
}

function earlier(a: number, b: number): number {
  return a === 0 || (b !== 0 && b < a) ? b : a;
}

function isStopped(state: string | undefined): boolean {
  return state === 'T' || state === 't';
}

function stateOf(state: string, { stage, isLoading }: SeenChild, isRunning: boolean): ProcessState {
  if (isStopped(state)) return 'stopped';
  if (stage === ChildStage.Booting) return 'starting';
  if (isLoading) return 'loading';
  if (isRunning) return 'running';
  return stage === ChildStage.Retired ? 'ending' : 'idle';
}

function reportOf({ class: name, jobId, attempt, startedAt }: SeenJob, now: number): JobReport {
  return {
    class: name ?? null,
    jobId: jobId ?? null,
    attempt,
    runningMs: startedAt === 0 ? null : Math.round(now - startedAt),
  };
}

export function signalName(number: number): string | null {
  if (number === 0) return null;
  return Object.entries(constants.signals).find(([, value]) => value === number)?.[0] ?? `signal ${number}`;
}

/** The numbers here of the children of a process, which may be in a namespace of its own. */
function outerPids(parent: number): (pid: number) => number | undefined {
  if (innerPidOf(parent) === parent) return (pid) => pid;
  const outer = new Map<number, number>();
  for (const pid of allPids()) if (lookAt(pid)?.parentPid === parent) outer.set(innerPidOf(pid), pid);
  return (pid) => outer.get(pid);
}
