import { readFileSync } from 'node:fs';
import type { Task } from '../../jobs/task.js';

/** How much a killed load says about a module that was loaded before, or where other processes are killed as well. */
const STRAY_KILL = 0.1;
/** The same where nothing else explains it: five in a row are held to be the module's doing. */
const UNEXPLAINED_KILL = 0.5;

/**
 * Weighs deaths by SIGKILL of processes that were loading a module. Nobody is told who has sent the signal: the module itself,
 * a person, or the system for want of memory.
 */
export class KillEvidence {
  readonly #oomKills: () => string | undefined;
  #hasSeenStray = false;
  /** What the system had counted when a process was killed the last time. */
  #oomBefore: string | undefined;

  /** @param oomKills how many processes the system has killed for want of memory; `undefined` where it does not tell */
  constructor(oomKills: () => string | undefined = oomKillsOfSystem) {
    this.#oomKills = oomKills;
  }

  /** A process was killed that loaded nothing: something kills without a module's doing. */
  strayKill(): void {
    this.#hasSeenStray = true;
  }

  /** @returns how much a death says about the module that was being loaded, up to 1 */
  weightOf(task: Task): number {
    const before = this.#oomBefore;
    this.#oomBefore = this.#oomKills();
    const isExplained = task.wasLoaded || this.#hasSeenStray || this.#oomBefore !== before;
    return isExplained || before === undefined ? STRAY_KILL : UNEXPLAINED_KILL;
  }
}

/** Linux counts them, those of control groups included. */
function oomKillsOfSystem(): string | undefined {
  try {
    return /^oom_kill (\d+)$/m.exec(readFileSync('/proc/vmstat', 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}
