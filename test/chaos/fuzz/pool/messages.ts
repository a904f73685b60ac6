import { isDeepStrictEqual } from 'node:util';
import type { BroadcastAnswer, ProcessPool } from 'mproc-worker';
import type { Random } from '../random.js';
import type { History } from './history.js';
import { fill, smallValue } from './job-values.js';
import { Plain } from './jobs.worker.js';

/** Longer than any process takes: who has not answered by then has lost its message. */
const PATIENT_MS = 80_000;

/** Sends messages to all processes of a pool, and checks what they answer. */
export class Messages {
  readonly #open = new Set<Promise<void>>();
  #sent = 0;

  constructor(
    readonly pool: ProcessPool,
    readonly history: History,
    readonly inside: (where: string) => void,
  ) {}

  send(random: Random): void {
    this.#sent += 1;
    const number = this.#sent;
    const value = random.chance(0.2) ? fill(random.below(300_000), number) : smallValue(number);
    const timeoutMs = random.pick([1, 50, PATIENT_MS, PATIENT_MS]);
    const { inside } = this;
    this.history.report.did(`message ${number}, ${timeoutMs} ms`);
    this.history.report.count('messages');
    const message = {
      number,
      get value() {
        inside('getter of a message');
        return value;
      },
    };
    const answered = this.pool
      .broadcast(Plain, message, { timeoutMs })
      .then((answers) => this.#check(number, value, timeoutMs, answers))
      .catch((error) => this.#onRejected(number, error))
      .finally(() => {
        this.history.settled += 1;
        this.#open.delete(answered);
        inside('then of a message');
      });
    this.#open.add(answered);
  }

  /** Resolves when all are answered. */
  async answered(): Promise<void> {
    await Promise.all(this.#open);
  }

  #check(number: number, value: unknown, timeoutMs: number, answers: BroadcastAnswer<unknown>[]): void {
    for (const answer of answers) {
      const problem =
        answer.status === 'fulfilled'
          ? wrongAnswer(number, value, answer.value)
          : wrongReason(number, timeoutMs, answer.reason);
      if (problem !== undefined) this.#problem(number, `process ${answer.pid} ${problem}`);
    }
  }

  #onRejected(number: number, error: unknown): void {
    const { code, message } = error as { code?: string; message: string };
    if (code !== 'ERR_POOL_CLOSED' || !this.history.isEnding) this.#problem(number, `${code}: ${message}`);
  }

  #problem(number: number, text: string): void {
    this.history.report.problem(`message ${number}: ${text}`);
  }
}

/** Every seventh is answered by an error. */
function isRefused(number: number): boolean {
  return number % 7 === 0;
}

function wrongAnswer(number: number, value: unknown, answer: unknown): string | undefined {
  if (isRefused(number)) return 'did not throw';
  return isDeepStrictEqual(answer, { number, value }) ? undefined : 'answered something else';
}

function wrongReason(number: number, timeoutMs: number, reason: unknown): string | undefined {
  const { code, message } = reason as { code?: string; message: string };
  if (isRefused(number) && message === `message ${number}`) return undefined;
  if (code === 'ERR_PROCESS_ENDED' || (code === 'ERR_MESSAGE_TIMEOUT' && timeoutMs < PATIENT_MS))
    return undefined;
  return `rejected with ${code}: ${message}`;
}
