import type { StdioOptions } from 'node:child_process';
import { libc } from '../../../segment/libc.js';
import { ParentDeathSocket } from './parent-death-socket.js';

/**
 * The descriptors that a child is to be made with: its stderr, perhaps its stdout, a doorbell, and a socket that tells of the parent’s death where the system has such a thing.
 *
 * Its stderr is not left to Node.js, which loses its end of it when the system has no descriptors for the rest.
 */
export class ChildDescriptors {
  readonly parentDeathSocket: ParentDeathSocket | undefined;
  readonly doorbell: number;
  readonly stderr: number;
  /** `undefined` where its stdout is this program's. */
  readonly stdout: number | undefined;
  readonly #theirDoorbell: number;
  readonly #theirStderr: number;
  readonly #theirStdout: number | undefined;
  readonly #open = new Set<number>();

  /**
   * @param ownStdout is it to have a stdout of its own?
   * @throws MprocError `ERR_SYSTEM`
   */
  constructor(ownStdout: boolean) {
    this.parentDeathSocket = ParentDeathSocket.make();
    try {
      [this.doorbell, this.#theirDoorbell] = this.#pair();
      // A pipe and no socket: `mproc dump` can look into it while this process is blocked.
      [this.stderr, this.#theirStderr] = this.#opened(libc().pipe());
      if (ownStdout) [this.stdout, this.#theirStdout] = this.#pair();
    } catch (error) {
      this.#close(...this.#open);
      this.parentDeathSocket?.tie(undefined);
      this.parentDeathSocket?.close();
      throw error;
    }
  }

  #pair(): [number, number] {
    return this.#opened(libc().socketPair());
  }

  #opened(ends: [number, number]): [number, number] {
    for (const fd of ends) this.#open.add(fd);
    return ends;
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
      this.#theirDoorbell,
      this.parentDeathSocket?.theirs ?? 'ignore',
    ];
  }

  /** The child has its own copies, if there is one. */
  give(pid: number | undefined): void {
    if (!this.#open.has(this.#theirDoorbell)) return;
    this.parentDeathSocket?.tie(pid);
    this.#close(this.#theirDoorbell, this.#theirStderr);
    if (this.#theirStdout !== undefined) this.#close(this.#theirStdout);
  }

  /** Something else has this end now, and closes it. */
  taken(fd: number): void {
    this.#open.delete(fd);
  }

  /** There is no child, or none that can be heard: nothing of them stays. */
  discard(): void {
    this.give(undefined);
    this.parentDeathSocket?.close();
    this.#close(...this.#open);
  }
}
