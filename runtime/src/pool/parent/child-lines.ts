import type { StdioOptions } from 'node:child_process';
import { libc } from '../../segment/libc.js';
import { Lifeline } from './lifeline.js';

/**
 * The descriptors that a child is to be made with: its stderr, perhaps its stdout, a bell, and a lifeline where the system has such a thing.
 *
 * Its stderr is not left to Node.js, which loses its end of it when the system has no descriptors for the rest.
 */
export class ChildLines {
  readonly lifeline: Lifeline | undefined;
  readonly bell: number;
  readonly stderr: number;
  /** `undefined` where its stdout is this program's. */
  readonly stdout: number | undefined;
  readonly #theirBell: number;
  readonly #theirStderr: number;
  readonly #theirStdout: number | undefined;
  readonly #open = new Set<number>();

  /**
   * @param ownStdout is it to have a stdout of its own?
   * @throws MprocError `ERR_SYSTEM`
   */
  constructor(ownStdout: boolean) {
    this.lifeline = Lifeline.make();
    try {
      [this.bell, this.#theirBell] = this.#pair();
      [this.stderr, this.#theirStderr] = this.#pair();
      if (ownStdout) [this.stdout, this.#theirStdout] = this.#pair();
    } catch (error) {
      this.#close(...this.#open);
      this.lifeline?.tie(undefined);
      this.lifeline?.close();
      throw error;
    }
  }

  #pair(): [number, number] {
    const pair = libc().socketPair();
    for (const fd of pair) this.#open.add(fd);
    return pair;
  }

  #close(...descriptors: number[]): void {
    for (const fd of descriptors) if (this.#open.delete(fd)) libc().close(fd);
  }

  /** What the child gets, by its `CHILD_FD`. */
  stdio(segment: number): StdioOptions {
    return [
      'ignore',
      this.#theirStdout ?? 'inherit',
      this.#theirStderr,
      segment,
      this.#theirBell,
      this.lifeline?.theirs ?? 'ignore',
    ];
  }

  /** The child has its own copies, if there is one. */
  give(pid: number | undefined): void {
    if (!this.#open.has(this.#theirBell)) return;
    this.lifeline?.tie(pid);
    this.#close(this.#theirBell, this.#theirStderr);
    if (this.#theirStdout !== undefined) this.#close(this.#theirStdout);
  }

  /** Something else has this end now, and closes it. */
  taken(fd: number): void {
    this.#open.delete(fd);
  }

  /** There is no child, or none that can be heard: nothing of them stays. */
  discard(): void {
    this.give(undefined);
    this.lifeline?.close();
    this.#close(...this.#open);
  }
}
