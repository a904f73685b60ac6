import { ChildStage } from '../../protocol.js';
import type { ChildSupervisor } from './child-supervisor.js';

/** After so many looks in a row, a second apart, a process that does nothing for the pool is ended. */
const MOST_LOOKS = 10;

/**
 * Finds processes that run nothing for the pool and yet take no job that waits: what a job has left behind keeps them, as a
 * timer that loops, or a listener of `exit`. Time limits do not help there, as they are of jobs that run.
 */
export class BlockedProcesses {
  readonly #supervisor: ChildSupervisor;
  readonly #looks: Uint8Array;
  /** When each took its last job, as it says. */
  readonly #tookAt: Int32Array;
  readonly #pids: Int32Array;

  constructor(supervisor: ChildSupervisor) {
    this.#supervisor = supervisor;
    const { length } = supervisor.children;
    this.#looks = new Uint8Array(length);
    this.#tookAt = new Int32Array(length);
    this.#pids = new Int32Array(length);
  }

  /** Called once a second; ends those that were found so often. @returns their pids */
  look(isWaitedFor: boolean): number[] {
    const ended: number[] = [];
    for (const child of this.#supervisor.children) {
      if (child === undefined) continue;
      const { index, pid } = child;
      const looks = isWaitedFor && this.#isAsBefore(index, pid) ? this.#looks[index]! + 1 : 0;
      this.#looks[index] = looks;
      if (looks < MOST_LOOKS) continue;
      ended.push(pid);
      child.killOnPurpose();
    }
    return ended;
  }

  /** Does the child run nothing, without waiting for a doorbell, and has it taken nothing since the last look? */
  #isAsBefore(index: number, pid: number): boolean {
    const tookAt = this.#supervisor.blocks.tookAtOf(index);
    const isSame = this.#pids[index] === pid && this.#tookAt[index] === tookAt;
    this.#pids[index] = pid;
    this.#tookAt[index] = tookAt;
    const stage = this.#supervisor.blocks.stageOf(index);
    const mayHang =
      stage === ChildStage.Retired ||
      (stage === ChildStage.Serving && this.#supervisor.wakeUps.isAwake(index));
    return isSame && mayHang && this.#supervisor.blocks.claimsOf(index).size === 0;
  }
}
