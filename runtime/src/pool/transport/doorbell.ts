import { readSync, writeSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Socket } from 'node:net';
import { setTimeout, withNextTick } from '../../clock/timers.js';
import { tracked } from '../../segment/libc.js';
import { FrameReader, STROKE } from './message-frames.js';

const require = createRequire(import.meta.url);

const RING = Buffer.from([STROKE]);
const REST_BYTES = 64 * 1024;
/** How often what found no room is tried again, in milliseconds. */
const AGAIN_MS = 2;
/** Full: the other side has bytes to wake it. Closed: it is gone, and the close is heard elsewhere. */
const NEEDS_NO_DOORBELL: ReadonlySet<string | undefined> = new Set([
  'EAGAIN',
  'EPIPE',
  'ECONNRESET',
  'EBADF',
]);

/**
 * One end of a socket pair between parent and child. A byte means: look at the shared memory.
 * Such bytes may be lost to a full pipe, and many may count as one. Messages, which are rare, are not lost: what finds no
 * room is written later.
 */
export class Doorbell {
  readonly #fd: number;
  readonly #onRing: () => void;
  readonly #onClosed: (error?: Error) => void;
  readonly #frames: FrameReader;
  #socket: Socket | undefined;
  /** Of messages, what is not written yet. */
  #unsent: Buffer[] = [];
  #isTrying = false;
  readonly #whenSent: (() => void)[] = [];

  /**
   * @param onClosed the other side is gone; with an error, it may be there and is not heard any more
   * @param onBroken it has written what is neither a stroke nor a message
   */
  constructor(
    fd: number,
    onRing: () => void,
    onClosed: (error?: Error) => void,
    onMessage: (message: Buffer) => void = () => {},
    onBroken: () => void = () => {},
  ) {
    this.#frames = new FrameReader(onMessage, onBroken);
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
        (chunk) => this.#onData(chunk),
      ),
    );
    this.#socket = socket;
    socket.on('error', this.#onClosed);
    socket.on('end', () => this.#onClosed());
  }

  #onData(chunk: Buffer): void {
    this.#frames.read(chunk);
    this.#onRing();
  }

  /** Reads what has come and was not heard yet, where it will not be heard any more, or has not been listened to. */
  readRest(): void {
    const chunk = Buffer.alloc(REST_BYTES);
    try {
      while (!this.#socket?.destroyed) {
        const length = readSync(this.#fd, chunk);
        if (length === 0) return;
        this.#frames.read(Buffer.from(chunk.subarray(0, length)));
      }
    } catch {
      // There is nothing more.
    }
  }

  /** Sends a message; see message-frames.ts. */
  send(frame: Buffer): void {
    this.#unsent.push(frame);
    if (!this.#isTrying) this.#write();
  }

  /** Resolves when all messages are written, or the other side is gone. */
  async sent(): Promise<void> {
    if (this.#unsent.length > 0) await new Promise<void>((resolve) => this.#whenSent.push(resolve));
  }

  #write(): void {
    this.#isTrying = false;
    for (let [frame] = this.#unsent; frame !== undefined; [frame] = this.#unsent) {
      if (this.#socket?.destroyed) this.#unsent = [];
      else if (!this.#writeSome(frame)) return;
    }
    for (const resolve of this.#whenSent.splice(0)) resolve();
  }

  /** `false` when there is no room for more. */
  #writeSome(frame: Buffer): boolean {
    try {
      const length = writeSync(this.#fd, frame);
      if (length === frame.length) this.#unsent.shift();
      else this.#unsent[0] = frame.subarray(length);
      return true;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') {
        this.#unsent = [];
        return true;
      }
      this.#isTrying = true;
      setTimeout(() => this.#write(), AGAIN_MS).unref();
      return false;
    }
  }

  /** `false` when the other side will not hear it though it is there: whoever has said that it is awake must take that back. */
  ring(): boolean {
    // Once it is destroyed, the number of its descriptor may be somebody else's.
    if (this.#socket?.destroyed) return true;
    // A stroke must not come between the parts of a message, which wakes the other side as well.
    if (this.#unsent.length > 0) return true;
    try {
      writeSync(this.#fd, RING);
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
