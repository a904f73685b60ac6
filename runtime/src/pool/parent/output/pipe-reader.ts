import { readSync } from 'node:fs';
import { Socket } from 'node:net';
import { withNextTick } from '../../../clock/timers.js';
import { tracked } from '../../../segment/libc.js';

const CHUNK_BYTES = 64 * 1024;
/** More than a pipe holds: who still writes must not keep this process. */
const MOST_CHUNKS = 16;

/** Where a child's output goes. */
export interface Sink {
  /** @returns `false` when what follows should wait */
  take(chunk: Buffer): boolean;
  /** Calls back, once, when there is room again. */
  onceRoom(callback: () => void): void;
  /** What was held back for what may follow is due. */
  flush?(): void;
}

/** Those whose other end somebody holds. */
const open = new Set<PipeReader>();

/** What jobs have written by then is passed on, though nothing keeps this process for it. */
function passOnAll(): void {
  for (const reader of open) reader.passOn();
}

/**
 * Reads what a child writes, no faster than its sink takes it: until then it stays in the pipe, and the child waits when
 * that is full.
 */
export class PipeReader {
  readonly #fd: number;
  readonly #socket: Socket;
  readonly #sink: Sink;

  /** @param fd which does not block; it is this object's from now on. @throws when the system refuses it */
  constructor(fd: number, sink: Sink) {
    this.#fd = fd;
    this.#sink = sink;
    tracked()?.closing(fd);
    this.#socket = new Socket({ fd, readable: true, writable: false });
    this.#socket.unref();
    if (open.size === 0) for (const event of ['beforeExit', 'exit']) process.on(event, passOnAll);
    open.add(this);
    this.#socket.once('close', () => this.#forget());
    this.#socket.on('error', () => {});
    withNextTick(() => this.#socket.on('data', (chunk: Buffer) => this.#onData(chunk)));
  }

  #forget(): void {
    if (!open.delete(this) || open.size > 0) return;
    for (const event of ['beforeExit', 'exit']) process.off(event, passOnAll);
  }

  #onData(chunk: Buffer): void {
    if (this.#sink.take(chunk)) return;
    this.#socket.pause();
    this.#sink.onceRoom(() => withNextTick(() => this.#socket.resume()));
  }

  /**
   * Passes on at once what has left the child: a pipeful at most, however busy this process was.
   * @returns whether that was all there will ever be
   */
  passOn(): boolean {
    for (let chunks = 0; chunks < MOST_CHUNKS; chunks += 1) {
      const found = this.passOnSome();
      if (found !== 'some') return this.#flushed(found === 'ended');
    }
    return this.#flushed(false);
  }

  #flushed(hasEnded: boolean): boolean {
    this.#sink.flush?.();
    return hasEnded;
  }

  /** The same for a part of it. */
  passOnSome(): 'some' | 'none' | 'ended' {
    // The number of one that is closed may be another's by now.
    if (this.#socket.destroyed) return 'ended';
    // What the stream had read already goes to its listener, as all that it reads.
    if (this.#socket.read() !== null) return 'some';
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    const lengthBytes = readNow(this.#fd, chunk);
    if (lengthBytes === undefined) return 'none';
    if (lengthBytes === 0) return 'ended';
    this.#sink.take(chunk.subarray(0, lengthBytes));
    return 'some';
  }

  /** The child is dead. What processes that it has made still write is passed on as long as they live. */
  end(): void {
    if (this.passOn()) this.#socket.destroy();
  }
}

/** @returns 0 at the end; `undefined` while there is nothing */
function readNow(fd: number, into: Buffer): number | undefined {
  try {
    return readSync(fd, into);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EAGAIN' ? undefined : 0;
  }
}
