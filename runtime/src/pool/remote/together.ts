import { isRefusal } from './retry-while-unavailable.js';

/** Items of one call at most. */
const MOST_TOGETHER = 256;

interface Waiting<Item> {
  readonly item: Item;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Does with one call what was asked for while the call before was under way. What comes alone is done at once. */
export class Together<Item> {
  readonly #act: (items: readonly Item[]) => unknown;
  #waiting: Waiting<Item>[] = [];
  #isBusy = false;

  constructor(act: (items: readonly Item[]) => unknown) {
    this.#act = act;
  }

  /** @throws what the call throws, for each of its items */
  add(item: Item): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ item, resolve, reject });
      if (!this.#isBusy) void this.#work();
    });
  }

  async #work(): Promise<void> {
    this.#isBusy = true;
    while (this.#waiting.length > 0) await this.#do(this.#waiting.splice(0, MOST_TOGETHER));
    this.#isBusy = false;
  }

  async #do(batch: readonly Waiting<Item>[]): Promise<void> {
    try {
      await this.#act(batch.map(({ item }) => item));
      for (const { resolve } of batch) resolve();
    } catch (error) {
      // One of them cannot be sent: the others are not to suffer from it.
      if (batch.length > 1 && isRefusal(error)) for (const one of batch) await this.#do([one]);
      else for (const { reject } of batch) reject(error);
    }
  }
}
