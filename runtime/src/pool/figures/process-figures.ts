import type { Death } from '../parent/processes/child-process.js';

/** Why processes ended that others were made for, and how many. */
export interface Restarts {
  /** By itself: idle for long, too large, or after as many jobs as it may do. */
  readonly retired: number;
  /** Killed by the pool for a job that ran too long or was canceled. */
  readonly stopped: number;
  /** Ended otherwise: by a signal, an exit, an uncaught error, for want of memory. */
  readonly crashed: number;
  /** Killed by the pool because it had written into shared memory what cannot be. */
  readonly corrupt: number;
}

interface EndedProcess {
  readonly killedOnPurpose: boolean;
  readonly corruption: string | undefined;
}

/** How processes ended, and how long all of them have lived. */
export class ProcessFigures {
  readonly #restarts = { retired: 0, stopped: 0, crashed: 0, corrupt: 0 };
  readonly #bornAt = new Map<number, number>();
  #deadMs = 0;

  born(pid: number, now: number): void {
    this.#bornAt.set(pid, now);
  }

  died(pid: number, reason: keyof Restarts, now: number): void {
    this.#restarts[reason] += 1;
    this.#deadMs += now - (this.#bornAt.get(pid) ?? now);
    this.#bornAt.delete(pid);
  }

  get restarts(): Restarts {
    return { ...this.#restarts };
  }

  /** How long processes have lived, all together, in milliseconds. */
  livedMs(now: number): number {
    let lived = this.#deadMs;
    for (const bornAt of this.#bornAt.values()) lived += now - bornAt;
    return lived;
  }
}

export function reasonOf(child: EndedProcess, { exitCode, signal }: Death): keyof Restarts {
  if (child.corruption !== undefined) return 'corrupt';
  if (child.killedOnPurpose) return 'stopped';
  return exitCode === 0 && signal === undefined ? 'retired' : 'crashed';
}
