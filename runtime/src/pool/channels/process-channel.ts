import { channel } from 'node:diagnostics_channel';
import type { Restarts } from '../figures/process-figures.js';

/** What the channel `mproc-worker:process` tells. */
export interface ProcessMessage {
  /** Name of the pool. */
  readonly pool: string;
  /** It was made, or it has ended. */
  readonly event: 'spawn' | 'exit';
  /** Its id in the system. */
  readonly pid: number;
  /** Why it ended; only with `exit`. */
  readonly reason?: keyof Restarts;
  /** Its exit code, or 128 + the number of the signal; only with `exit`. */
  readonly exitCode?: number;
  /** The signal that ended it, if one did. */
  readonly signal?: NodeJS.Signals | undefined;
  /** The end of what it wrote to stderr. */
  readonly stderr?: string;
}

const processes = channel('mproc-worker:process');

/** @param message made only where somebody listens */
export function tellProcess(message: () => ProcessMessage): void {
  if (processes.hasSubscribers) processes.publish(message());
}
