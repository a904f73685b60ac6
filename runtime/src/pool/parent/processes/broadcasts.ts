import { clearTimeout, setTimeout } from '../../../clock/timers.js';
import { MprocError } from '../../../errors/errors.js';
import { readingFrom, sender } from '../../../segment/sender.js';
import { pack, unpack, unreadable } from '../../../values/index.js';
import { asError } from '../../../worker/as-error.js';
import type { WorkerPlace } from '../../protocol.js';
import { Answer, messageFrame, NO_ANSWER } from '../../transport/broadcast.js';
import type { Death, ForkedProcess } from './child-process.js';

const NOTHING = new Uint8Array(0);
/** How long a process has to answer where nothing is said of that, in milliseconds. */
export const ANSWER_MS = 10_000;

/** What one process has answered to a message: as `Promise.allSettled` tells it, and which process it was. */
export type BroadcastAnswer<Result> = PromiseSettledResult<Result> & {
  readonly pid: number;
  /** Machine and process of its host, as `web-3:4711`; with `everywhere`. */
  readonly host?: string;
};

/** A message that some processes have not answered. */
interface Broadcast {
  readonly waiting: Map<ForkedProcess, (answer: PromiseSettledResult<unknown>) => void>;
}

/** Messages to all processes of a pool, and their answers. */
export class Broadcasts {
  readonly #open = new Map<number, Broadcast>();
  #last = 0;

  /**
   * Sends a message to each of these processes.
   * @returns when all have answered, died, or had their time
   * @throws ValueError
   */
  async send(
    children: readonly ForkedProcess[],
    place: WorkerPlace,
    message: unknown,
    timeoutMs: number,
  ): Promise<BroadcastAnswer<unknown>[]> {
    const packedPlace = Buffer.from(pack(place, 'place'));
    this.#last = (this.#last + 1) >>> 0 || 1;
    const number = this.#last;
    const frame = messageFrame(number, packedPlace, pack(message, 'message'));
    const broadcast: Broadcast = { waiting: new Map() };
    this.#open.set(number, broadcast);
    const timer = setTimeout(() => {
      for (const [child, settle] of broadcast.waiting) settle(rejected(lateError(child.pid, timeoutMs)));
    }, timeoutMs);
    const answers = children.map(
      (child) =>
        new Promise<BroadcastAnswer<unknown>>((resolve) => {
          broadcast.waiting.set(child, (answer) => {
            broadcast.waiting.delete(child);
            resolve({ pid: child.pid, ...answer });
          });
          child.send(frame);
        }),
    );
    try {
      return await Promise.all(answers);
    } finally {
      clearTimeout(timer);
      this.#open.delete(number);
    }
  }

  /** Has a process load a class before it has a job for it. It does not answer, and whether it can load it is told with its first job. */
  prepare(child: ForkedProcess, place: WorkerPlace): void {
    child.send(messageFrame(NO_ANSWER, pack(place, 'place'), NOTHING));
  }

  /** A process has answered; what it says may be anything. */
  onMessage(child: ForkedProcess, message: Buffer): void {
    if (message.length < 5) return;
    const settle = this.#open.get(message.readUInt32LE(0))?.waiting.get(child);
    if (settle === undefined) return;
    const before = sender();
    readingFrom(child.pid);
    try {
      const value = unpack(message, 5, message.length - 5);
      settle(message[4] === Answer.Value ? { status: 'fulfilled', value } : rejected(asError(value)));
    } catch (error) {
      settle(rejected(unreadable(error, 'answer')));
    } finally {
      readingFrom(before);
    }
  }

  onDeath(child: ForkedProcess, { pid, signal, exitCode }: Death): void {
    const how = signal === undefined ? `exited with code ${exitCode}` : `was ended by ${signal}`;
    for (const { waiting } of this.#open.values())
      waiting.get(child)?.(
        rejected(new MprocError('ERR_PROCESS_ENDED', `process ${pid} ${how} before it answered a message`)),
      );
  }
}

function rejected(reason: Error): PromiseRejectedResult {
  return { status: 'rejected', reason };
}

export function lateError(pid: number, timeoutMs: number): MprocError {
  return new MprocError(
    'ERR_MESSAGE_TIMEOUT',
    `process ${pid} did not answer a message within ${timeoutMs} ms`,
  );
}
