import { delay } from '../../clock/timers.js';
import { MprocError } from '../../errors/errors.js';
import { pack, packThrown, unpack, unreadable } from '../../values/index.js';
import { titleOf } from '../../worker/function/function-origin.js';
import type { WorkerPlace } from '../protocol.js';
import { Answer, NO_ANSWER, readMessage } from '../transport/broadcast.js';
import { frameOf } from '../transport/message-frames.js';
import { loadClass } from './load-task.js';

/** Gives messages of `broadcast` to the classes that they are for, beside the jobs that run, and sends their answers. */
export class MessageHandler {
  readonly #setupTimeoutMs: number;
  readonly #send: (frame: Buffer) => void;
  readonly #open = new Set<Promise<void>>();

  constructor(setupTimeoutMs: number, send: (frame: Buffer) => void) {
    this.#setupTimeoutMs = setupTimeoutMs;
    this.#send = send;
  }

  /** Messages that are being handled. */
  get openCount(): number {
    return this.#open.size;
  }

  handle(frame: Buffer): void {
    const handled = this.#answer(frame).finally(() => this.#open.delete(handled));
    this.#open.add(handled);
  }

  /** Resolves when all are answered, or the time is over. */
  async settled(timeoutMs: number): Promise<void> {
    if (this.#open.size > 0) await Promise.race([Promise.all(this.#open), delay(timeoutMs)]);
  }

  async #answer(frame: Buffer): Promise<void> {
    const { number, place, message } = readMessage(frame);
    if (number === NO_ANSWER) return this.#prepare(place);
    let answer: Answer;
    let packed: Uint8Array;
    try {
      packed = pack(await this.#call(place, message), 'answer');
      answer = Answer.Value;
    } catch (error) {
      packed = packThrown(error);
      answer = Answer.Thrown;
    }
    const head = Buffer.alloc(5);
    head.writeUInt32LE(number);
    head[4] = answer;
    this.#send(frameOf(head, packed));
  }

  /** A class that cannot be loaded is told of with its first job. */
  async #prepare(packedPlace: Buffer): Promise<void> {
    const place = unpack(packedPlace, 0, packedPlace.length) as WorkerPlace;
    await loadClass(place, this.#setupTimeoutMs).catch(() => {});
  }

  async #call(packedPlace: Buffer, packed: Buffer): Promise<unknown> {
    const place = unpack(packedPlace, 0, packedPlace.length) as WorkerPlace;
    const workerClass = await loadClass(place, this.#setupTimeoutMs);
    const { onMessage } = workerClass;
    if (onMessage === undefined)
      throw new MprocError('ERR_OPTION', `${titleOf(workerClass)} has no static onMessage in its process`);
    return onMessage.call(workerClass, readValue(packed) as never);
  }
}

function readValue(packed: Buffer): unknown {
  try {
    return unpack(packed, 0, packed.length);
  } catch (error) {
    throw unreadable(error, 'message');
  }
}
