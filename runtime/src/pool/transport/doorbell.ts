import { writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { withNextTick } from '../../clock/timers.js';
import { tracked } from '../../segment/libc.js';

const require = createRequire(import.meta.url);

const STROKE = Buffer.from([1]);
/** Full: the other side has bytes to wake it. Closed: it is gone, and the close is heard elsewhere. */
const NEEDS_NO_DOORBELL: ReadonlySet<string | undefined> = new Set([
  'EAGAIN',
  'EPIPE',
  'ECONNRESET',
  'EBADF',
]);

/**
 * One end of a socket pair between parent and child. A byte means: look at the shared memory.
 * It carries no data, so bytes may be lost to a full pipe and many may count as one.
 */
export class Doorbell {
  readonly #fd: number;
  readonly #onRing: () => void;
  readonly #onClosed: (error?: Error) => void;
  #socket: Socket | undefined;

  /** @param onClosed the other side is gone; with an error, it may be there and is not heard any more */
  constructor(fd: number, onRing: () => void, onClosed: (error?: Error) => void) {
    this.#fd = fd;
    this.#onRing = onRing;
    this.#onClosed = onClosed;
  }

  /** Hears what is rung, and what has been. It keeps the process alive. */
  listen(): void {
    if (this.#socket !== undefined) return;
    // Loaded here, as a child that starts has a job to begin with before that.
    const net = require('node:net') as typeof import('node:net');
    // From here on it is closed by Node.js, at the end of this thread as well.
    tracked()?.closing(this.#fd);
    const socket = withNextTick(() =>
      new net.Socket({ fd: this.#fd, readable: true, writable: false, allowHalfOpen: true }).on(
        'data',
        this.#onRing,
      ),
    );
    this.#socket = socket;
    socket.on('error', this.#onClosed);
    socket.on('end', () => this.#onClosed());
  }

  /** `false` when the other side will not hear it though it is there: whoever has said that it is awake must take that back. */
  ring(): boolean {
    // Once it is destroyed, the number of its descriptor may be somebody else's.
    if (this.#socket?.destroyed) return true;
    try {
      writeSync(this.#fd, STROKE);
      return true;
    } catch (error) {
      return NEEDS_NO_DOORBELL.has((error as NodeJS.ErrnoException).code);
    }
  }

  ref(): void {
    this.#socket?.ref();
  }

  unref(): void {
    this.#socket?.unref();
  }

  close(): void {
    this.#socket?.removeAllListeners();
    this.#socket?.on('error', () => {});
    this.#socket?.destroy();
  }
}
