import { readdirSync, readFileSync, readlinkSync, statSync } from 'node:fs';
import { statFields } from '../segment/stat-fields.js';

/** Ticks of the processor's clock in a second, as Linux tells them to programs, whatever it counts by itself. */
const TICKS_PER_SECOND = 100;
/** See `statFields`. */
const FIELD = { state: 0, parent: 1, userTicks: 11, systemTicks: 12, startTicks: 19 } as const;
const KIB = 1024;

/** What Linux says of a process. */
export interface ProcessLook {
  /** One letter: R, S, D, T for stopped, Z for a zombie. */
  readonly state: string;
  readonly parentPid: number;
  /** Time of processors that it has used. */
  readonly cpuMs: number;
  /** When it began, since the machine did. */
  readonly startedMs: number;
}

/** The processes there are. */
export function allPids(): number[] {
  return readdirSync('/proc').filter(isNumber).map(Number);
}

function isNumber(name: string): boolean {
  return /^\d+$/.test(name);
}

/** `undefined` where there is no such process, or it is not shown. */
export function lookAt(pid: number): ProcessLook | undefined {
  const text = readOrNothing(`/proc/${pid}/stat`);
  if (text === undefined) return undefined;
  const fields = statFields(text);
  const ticks = Number(fields[FIELD.userTicks]) + Number(fields[FIELD.systemTicks]);
  return {
    state: fields[FIELD.state] ?? '',
    parentPid: Number(fields[FIELD.parent]),
    cpuMs: (1_000 * ticks) / TICKS_PER_SECOND,
    startedMs: (1_000 * Number(fields[FIELD.startTicks])) / TICKS_PER_SECOND,
  };
}

/** Memory of a process, in bytes. */
export interface ProcessMemory {
  /** Its share of all pages it has: one that three processes have counts a third. */
  readonly pssBytes: number;
  /** What would be free if it ended: pages that it alone has. */
  readonly ussBytes: number;
}

/** `undefined` where the system does not tell. */
export function memoryOf(pid: number): ProcessMemory | undefined {
  const text = readOrNothing(`/proc/${pid}/smaps_rollup`);
  if (text === undefined) return undefined;
  const kib = (name: string) => Number(new RegExp(`^${name}:\\s*(\\d+)`, 'm').exec(text)?.[1] ?? 0);
  return { pssBytes: KIB * kib('Pss'), ussBytes: KIB * (kib('Private_Clean') + kib('Private_Dirty')) };
}

/** The user that a process belongs to; `undefined` where there is no such process. */
export function userOf(pid: number): number | undefined {
  try {
    return statSync(`/proc/${pid}`).uid;
  } catch {
    return undefined;
  }
}

/** Its number in the innermost namespace of process numbers that it is in. */
export function innerPidOf(pid: number): number {
  const numbers = /^NSpid:\s*(.*)$/m.exec(readOrNothing(`/proc/${pid}/status`) ?? '')?.[1];
  return Number(numbers?.split(/\s+/).at(-1) ?? pid);
}

/** The words that it was started with. */
export function argumentsOf(pid: number): string[] {
  return (readOrNothing(`/proc/${pid}/cmdline`) ?? '').split('\0').slice(0, -1);
}

/** What each open descriptor leads to. */
export function descriptorsOf(pid: number): [path: string, target: string][] {
  const folder = `/proc/${pid}/fd`;
  try {
    return readdirSync(folder).flatMap((fd) => {
      const path = `${folder}/${fd}`;
      try {
        return [[path, readlinkSync(path)] as [string, string]];
      } catch {
        return [];
      }
    });
  } catch {
    // It has ended, or is another user's.
    return [];
  }
}

/** Does it do something of its own when it gets this signal? */
export function catches(pid: number, signal: number): boolean {
  const mask = /^SigCgt:\s*([0-9a-f]+)$/m.exec(readOrNothing(`/proc/${pid}/status`) ?? '')?.[1];
  return mask !== undefined && ((BigInt(`0x${mask}`) >> BigInt(signal - 1)) & 1n) === 1n;
}

export function readOrNothing(path: string): string | undefined {
  try {
    return readFileSync(path, 'latin1');
  } catch {
    return undefined;
  }
}
