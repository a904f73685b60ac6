import type { Queue } from '../contracts/queue.js';
import { clearLetters, lettersOf, requeueLetters } from '../inspect/queues/dead-letters.js';
import { type LetterReport, letterReport, type WholeLetter, wholeLetter } from '../inspect/queues/letter.js';
import { EVERY_LETTER, type LetterFilter } from '../inspect/queues/letter-filter.js';
import type { OpenedQueue } from '../inspect/queues/open-queues.js';
import { type QueueReport, queueReport } from '../inspect/queues/queue-report.js';
import { Refusal } from './guard.js';

const MOST_LETTERS = 200;
const MOST_IDS = 10_000;

/** What the page shows of queues, and does to their dead letters. */
export class QueuePages {
  readonly #opened: readonly OpenedQueue[];

  constructor(opened: readonly OpenedQueue[]) {
    this.#opened = opened;
  }

  reports(): Promise<QueueReport[]> {
    return Promise.all(
      this.#opened.map(async ({ name, queue, problem }) =>
        queue === undefined
          ? {
              name,
              ready: 0,
              delayed: 0,
              leased: 0,
              dead: 0,
              oldestWaitingMs: null,
              problem: problem ?? null,
            }
          : queueReport(queue),
      ),
    );
  }

  async letters(query: URLSearchParams): Promise<{ letters: LetterReport[]; more: boolean }> {
    const queue = this.#named(query.get('queue'));
    const error = query.get('error') || undefined;
    const letters = await lettersOf(queue, { ...EVERY_LETTER, error }, MOST_LETTERS + 1);
    const shown = letters.slice(0, MOST_LETTERS).map((letter) => letterReport(queue.name, letter));
    return { letters: shown, more: letters.length > MOST_LETTERS };
  }

  async letter(query: URLSearchParams): Promise<WholeLetter> {
    const queue = this.#named(query.get('queue'));
    const [letter] = await lettersOf(queue, { ...EVERY_LETTER, ids: [query.get('id') ?? ''] }, 1);
    if (letter === undefined) throw new Refusal(404, 'it is no dead letter by now');
    return wholeLetter(queue.name, letter);
  }

  async requeue(order: object): Promise<{ done: number }> {
    const { queue, filter } = this.#meant(order);
    return { done: await requeueLetters(queue, filter) };
  }

  async clear(order: object): Promise<{ done: number }> {
    const { queue, filter } = this.#meant(order);
    return { done: await clearLetters(queue, filter) };
  }

  /** Letters by their ids, or by a text of the error, or all of a queue where `all` says so. @throws Refusal */
  #meant(order: object): { queue: Queue<unknown>; filter: LetterFilter } {
    const { queue, ids, error, all } = order as {
      queue?: unknown;
      ids?: unknown;
      error?: unknown;
      all?: unknown;
    };
    const isIds = Array.isArray(ids) && ids.length <= MOST_IDS && ids.every((id) => typeof id === 'string');
    const isMeant = (isIds && ids.length > 0) || (typeof error === 'string' && error !== '') || all === true;
    if (!isMeant) throw new Refusal(400, 'say which dead letters: ids, error, or all');
    return {
      queue: this.#named(queue),
      filter: {
        ...EVERY_LETTER,
        ids: isIds ? ids : [],
        error: typeof error === 'string' && error !== '' ? error : undefined,
      },
    };
  }

  #named(name: unknown): Queue<unknown> {
    const found = this.#opened.find((one) => one.name === name || one.queue?.name === name);
    if (found === undefined) throw new Refusal(404, `there is no queue ${String(name)} here`);
    if (found.queue === undefined) throw new Refusal(503, found.problem ?? 'it could not be opened');
    return found.queue;
  }
}
