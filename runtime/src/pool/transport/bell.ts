import { writeSync } from 'node:fs';
import { Socket } from 'node:net';

const STROKE = Buffer.from([1]);

/**
 * One end of a socket pair between parent and child. A byte means: look at the shared memory.
 * It carries no data, so bytes may be lost to a full pipe and many may count as one.
 */
export class Bell {
  readonly #fd: number;
  readonly #socket: Socket;

  /** @param onClosed the other side is gone */
  constructor(fd: number, onRing: () => void, onClosed: () => void) {
    this.#fd = fd;
    this.#socket = new Socket({ fd, readable: true, writable: false, allowHalfOpen: true });
    this.#socket.on('data', onRing);
    this.#socket.on('error', onClosed);
    this.#socket.on('end', onClosed);
  }

  ring(): void {
    // Once it is destroyed, the number of its descriptor may be somebody else's.
    if (this.#socket.destroyed) return;
    try {
      writeSync(this.#fd, STROKE);
    } catch {
      // Full: the other side has bytes to wake it. Closed: it is gone, and the close is heard elsewhere.
    }
  }

  ref(): void {
    this.#socket.ref();
  }

  unref(): void {
    this.#socket.unref();
  }

  close(): void {
    this.#socket.removeAllListeners();
    this.#socket.on('error', () => {});
    this.#socket.destroy();
  }
}
