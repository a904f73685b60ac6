import { readSync } from 'node:fs';
import { libc } from '../../../segment/libc.js';

/**
 * Has a child killed that still starts when this process ends, or the thread that made it: until it can ask for its
 * end itself, which takes a start of Node.js, nothing else ties it to its parent. Linux alone can do this.
 *
 * The kernel holds it: a socket pair whose one end the child has, and which sends SIGKILL when the other end is closed.
 * A child that is tied by itself closes its end.
 */
export class ParentDeathSocket {
  readonly theirs: number;
  #ours: number | undefined;

  private constructor([ours, theirs]: [number, number]) {
    this.theirs = theirs;
    this.#ours = ours;
  }

  /** @returns `undefined` where the system has no such thing */
  static make(): ParentDeathSocket | undefined {
    return process.platform === 'linux' ? new ParentDeathSocket(libc().socketPair()) : undefined;
  }

  /** The child has been forked, and has its end. */
  tie(pid: number | undefined): void {
    if (pid !== undefined) libc().killOnHangUp(this.theirs, pid);
    libc().close(this.theirs);
  }

  /** Closes the line where the child has closed it; where it has not, that would kill it. */
  closeIfLetGo(): void {
    if (this.#ours === undefined) return;
    try {
      if (readSync(this.#ours, Buffer.alloc(1)) === 0) this.close();
    } catch {
      // There is nothing to read: it is held still.
    }
  }

  close(): void {
    if (this.#ours !== undefined) libc().close(this.#ours);
    this.#ours = undefined;
  }
}
