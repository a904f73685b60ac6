import { hostname } from 'node:os';
import { wallClockMs } from '../../clock/wall-clock-ms.js';

const MOST_LENGTH = 800;

/** Why a job is a dead letter, in one line that any engine can keep. */
export function deadReasonOf({ name, message }: Error, attempts: number): string {
  const error = `${name}: ${message}`.replaceAll(/[\p{Cc}\s]+/gu, ' ').slice(0, MOST_LENGTH);
  const at = new Date(wallClockMs()).toISOString();
  return `${error} (attempt ${Math.max(1, attempts)}, host ${hostname()}, process ${process.pid}, at ${at})`;
}

/** What such a line says. */
export interface DeadReason {
  /** Name and message of the error, or what else there is. */
  readonly error: string;
  readonly attempts: number | null;
  readonly host: string | null;
  readonly process: number | null;
  /** Milliseconds since the epoch. */
  readonly diedAt: number | null;
}

const LINE = /^(.*) \(attempt (\d{1,9}), host (\S+), process (\d{1,9})(?:, at (\S+))?\)$/s;

/** Any text may be the reason of a dead letter: that of an engine says less. */
export function readDeadReason(reason: string): DeadReason {
  const [, error, attempts, host, process, at] = LINE.exec(reason) ?? [];
  if (error === undefined) return { error: reason, attempts: null, host: null, process: null, diedAt: null };
  const diedAt = Date.parse(at ?? '');
  return {
    error,
    attempts: Number(attempts),
    host: host!,
    process: Number(process),
    diedAt: Number.isNaN(diedAt) ? null : diedAt,
  };
}
